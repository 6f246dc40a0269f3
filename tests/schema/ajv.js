// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// ajv.js TICKET-SCHEMA PROFILE-SCHEMA FILE... - as loader.c, by the schemas and ajv.
'use strict';

const fs = require('fs');
const Ajv = require('ajv');

const [ticketSchema, profileSchema, ...files] = process.argv.slice(2);
const ajv = new Ajv();
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));
const ticket = ajv.compile(readJson(ticketSchema));
const profile = ajv.compile(readJson(profileSchema));

for (const file of files) {
	const validate = file.endsWith('.profile.json') ? profile : ticket;
	const accepted = validate(readJson(file));

	console.log(`${accepted ? 'accepted' : 'refused'} ${file}`);
	if (!accepted)
		console.error(`${file}: ${validate.errors[0].dataPath} ${validate.errors[0].schemaPath}`);
}
