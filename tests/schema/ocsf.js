// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// ocsf.js SCHEMAS <LINES - holds each line against the published schema of its class. Prints how many of
// each class there were, and on stderr each line that does not fit.
'use strict';

const fs = require('fs');
const path = require('path');
const Ajv = require('ajv');

const files = {
	1007: 'process_activity',
	2004: 'detection_finding',
	4001: 'network_activity',
};
const [directory] = process.argv.slice(2);
const ajv = new Ajv({ allErrors: true });
const validators = {};
const counts = {};
let bad = 0;

for (const [uid, name] of Object.entries(files)) {
	const file = path.join(directory, `${name}.schema.json`);

	validators[uid] = ajv.compile(JSON.parse(fs.readFileSync(file, 'utf8')));
	counts[uid] = 0;
}
for (const line of fs.readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
	const event = JSON.parse(line);
	const validate = validators[event.class_uid];

	if (!validate || !validate(event)) {
		const why = validate
			? validate.errors.map((e) => `${e.dataPath} ${e.message} ${JSON.stringify(e.params)}`)
			: ['no such class'];

		console.error(`${line.slice(0, 300)}: ${why.join('; ')}`);
		bad++;
	} else {
		counts[event.class_uid]++;
	}
}
for (const [uid, name] of Object.entries(files))
	console.log(`${name} ${counts[uid]}`);
process.exit(bad ? 1 : 0);
