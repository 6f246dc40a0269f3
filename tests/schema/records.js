// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// records.js SCHEMA <LINES - holds each record against the published schema, and then each again
// with a member of no meaning, without each of its members, and with each of another type: those
// have to be refused. Prints how many of each there were, and on stderr what came out wrong.
'use strict';

const fs = require('fs');
const Ajv = require('ajv');

const validate = new Ajv().compile(JSON.parse(fs.readFileSync(process.argv[2], 'utf8')));
const optional = (key) => ['break_glass', 'login', 'secrets'].includes(key) || key.endsWith('_b64');
const kinds = new Set();
let lines = 0;
let mutants = 0;
let bad = 0;

function complain(what, record)
{
	bad++;
	console.error(`${record.kind} ${record.seq}: ${what}`);
}

function refused(what, record, change)
{
	const mutant = {...record };

	change(mutant);
	mutants++;
	if (validate(mutant))
		complain(`accepted ${what}`, record);
}

for (const line of fs.readFileSync(0, 'utf8').split('\n').slice(0, -1)) {
	const record = JSON.parse(line);

	lines++;
	kinds.add(record.kind);
	if (!validate(record))
		complain('refused', record);
	refused('with a member of no meaning', record, (mutant) => { mutant.levitated = false; });
	for (const key of Object.keys(record)) {
		if (!optional(key))
			refused(`without ${key}`, record, (mutant) => { delete mutant[key]; });
		refused(`with ${key} of another type`, record,
			(mutant) => { mutant[key] = { a : 1 }; });
	}
}
console.log(`${lines} records of ${kinds.size} kinds accepted, ${mutants} that are none refused`);
process.exit(bad || kinds.size < 18 ? 1 : 0);
