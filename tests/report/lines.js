// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// lines.js hostile|ticket|large [N] - prints records that no collector made, a line each: texts of every
// kind in every member; the sessions of one ticket; a session of N events.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const { rows } = require('./hostile.js');

const [what, size] = process.argv.slice(2);
const begun = Date.parse('2026-11-23T20:30:00Z');
let seq = 0;

// A time of the store in nanoseconds, `ms` behind the beginning.
function time(ms) {
	return new Date(begun + ms).toISOString().replace(/(\.\d{3})Z$/, '$1000000Z');
}

// The members that every record has, in their order; `more` sets them and adds its kind's own.
function line(kind, ms, more) {
	const { session, who, sseq, verdict, reasons, step, how, process, ...rest } = more;

	seq++;
	console.log(JSON.stringify({
		v: 1, seq, time: time(ms), host: who?.host ?? 'web-1', boot: 'b0', session: session ?? null,
		sseq: sseq ?? null, ticket: who?.ticket ?? null, ticket_sha256: who?.sha256 ?? null,
		unsigned: who?.unsigned ?? false, requester: who?.requester ?? null,
		operator: who?.operator ?? null, approvers: who?.approvers ?? [], kind,
		verdict: verdict ?? null, reasons: reasons ?? [], step: step ?? null, how: how ?? null,
		severity: reasons?.length ? 'high' : 'info', pid: 100, tid: 100, ppid: 99, parent: 0,
		start: 5100, uid: 1000, euid: 1000, user: 'jdoe', auid: 1000, asid: 7,
		exe: '/usr/bin/sh', mntns: 4026531840, root: '/', ...process, ...rest,
	}));
	return seq;
}

function sessionStart(ms, session, who, more) {
	return line('session_start', ms, {
		session, who, operator_uid: 1000, summary: who?.summary ?? null, rehearsal: false,
		approvals: [], signers_sha256: null, hosts: [], env: [], ...more,
	});
}

function sessionEnd(ms, session, who, more) {
	return line('session_end', ms, {
		session, who, outcome: 'violation', why: 'last_exit', alive: 0, unclosed: 0, approved: 0,
		unapproved: 0, indeterminate: 0, steps: [], in_no_step: [], in_no_step_more: 0,
		not_seen: ['files written'], emitted: 0, delivered: 0, stored: 0,
		lost: { ring_full: 0, fill: 0, untracked: 0 }, missed: { member_full: 0, sock_full: 0 },
		refused: 0, not_stored: 0, dropped: 0, recursion: 0, unreadable: { argv: 0, path: 0 },
		unexplained: 0, ...more,
	});
}

const approved = (step) => ({ verdict: 'approved', step, how: 'step' });
const unapproved = (...reasons) => ({ verdict: 'unapproved', reasons });

// A text, or its bytes where they are no text.
function text(key, bytes) {
	const string = bytes.toString('utf8');

	if (Buffer.from(string).equals(bytes))
		return { [key]: string };
	return { [key]: string, [`${key}_b64`]: bytes.toString('base64') };
}

function hostile() {
	rows.forEach(({ bytes }, i) => {
		let sseq = 0;
		const session = `s-hostile-${i + 1}`;
		const string = bytes.toString('utf8');
		const strings = [string, string];
		const who = {
			ticket: string, requester: string, operator: string, approvers: strings, host: string,
			summary: string,
		};
		const process = { ...text('exe', bytes), user: string, euid: 0 };
		const act = () => ({ session, who, process, sseq: ++sseq });
		const bad = unapproved('argument_differs', 'environment', 'stdin_differs', string);
		const argv = text('argument', bytes).argument_b64
			? { argv: strings, argv_b64: [bytes, bytes].map((b) => b.toString('base64')) }
			: { argv: strings };
		const ms = i * 1000;

		sessionStart(ms, session, who, {
			approvals: [{ signer: string, key: string, signature: string }], operator_uid: string,
		});
		const first = line('exec', ms, {
			...act(), ...bad, ...argv, ...text('cwd', bytes), ...text('filename', bytes),
			...text('interp', bytes), stdin: string, env: [string], env_differs: [0],
			nearest: { step: string, run: string, argument: 1, approved: string, ...text('actual', bytes) },
		});
		line('exec', ms, { ...act(), ...argv, verdict: 'approved', step: string, how: string });
		line('exec', ms, {
			...act(), ...argv, verdict: 'indeterminate', reasons: [string], severity: string,
		});
		line('connect', ms, { ...act(), ...bad, proto: string, local: string, remote: string });
		line('close', ms, {
			...act(), of: sseq - 1, result: string, bytes_sent: string, bytes_received: string, late: false,
		});
		line('unix_connect', ms, { ...act(), ...bad, proto: 'unix', type: string, ...text('path', bytes) });
		line('write', ms, { ...act(), ...bad, op: string, ...text('path', bytes), ...text('from', bytes) });
		line('exec_failed', ms, { ...act(), error: string, ...text('filename', bytes) });
		line('socket', ms, { ...act(), ...bad, family: string, type: string, proto: string });
		line('exit', ms, { ...act(), exit_code: string, signal: string });
		line(string || 'x', ms, { ...act(), ...bad });
		const loss = line('loss', ms, { session, who, first: 1, last: 2, count: 2, reason: string });

		line('host', ms, { session, who, what: string, detail: string });
		for (const of of [first, loss])
			line('ack', ms, { session, who, of, by: string, note: string });
		sessionEnd(ms, session, who, {
			why: string, outcome: string, not_seen: strings, reasons: [string],
			steps: [{ id: string, profile: string, run: string, times: 1, done: 0, failed: 0, missing: 1 },
				{ id: string, profile: null, run: string, times: string, done: string }],
			in_no_step: [{ sseq: 1, kind: string, verdict: string, reasons: [string], text: string }],
		});
	});
}

// The ticket of docs: three sessions on it, one that went well, one that did not, one that goes on.
function ticket() {
	const bytes = fs.readFileSync(`${__dirname}/ticket.yaml`);
	const who = {
		ticket: 'CHG-20417', sha256: crypto.createHash('sha256').update(bytes).digest('hex'),
		summary: 'Rotate the nginx certificate on the web tier', requester: 'li.wei@contractor.example',
		operator: 'jdoe', approvers: ['amal@example', 'kim@example'],
	};
	const sum = (text) => crypto.createHash('sha256').update(text).digest('hex');
	const approvals = who.approvers.map((signer) => ({
		signer, key: `SHA256:${crypto.createHash('sha256').update(signer).digest('base64').slice(0, 43)}`,
		signature: sum(`${signer}.sig`),
	}));
	const step = (id, run, times, done, at) => ({
		id, profile: null, run, times, done, failed: 0, running: 0,
		missing: times && !done ? times : 0, first: at, last: at,
	});
	const steps = (done) => [
		step('check', 'nginx -t', null, 1, 2),
		step('install', 'install -m 0600 /root/staged/*.pem... /etc/nginx/tls/', 1, done, done ? 3 : 0),
		step('reload', 'systemctl {reload,restart} nginx', null, 1, 5),
		step('health', 'curl -fsS https://localhost/healthz', null, 1, 7),
	];
	const play = (session, ms, bad) => {
		let sseq = 0;
		const image = (name, ...argv) => ({
			session, who, sseq: ++sseq, process: { exe: name, pid: 100 + sseq, parent: sseq > 1 ? 1 : 0 },
			argv: [name.split('/').pop(), ...argv], cwd: '/root', filename: name,
		});
		const install = ['-m', '0600', '/root/staged/web.pem'];
		const alerts = [];

		sessionStart(ms, session, who, { approvals, signers_sha256: sum('signers') });
		line('exec', ms + 300, {
			...image('/usr/bin/bash', '-l'), argv: ['-bash'], verdict: 'approved', how: 'shell',
		});
		line('exec', ms + 2100, { ...image('/usr/sbin/nginx', '-t'), ...approved('check') });
		line('exec', ms + 5200, {
			...image('/usr/bin/install', ...install, '/etc/nginx/tls/'), ...approved('install'),
		});
		if (bad) {
			alerts.push(line('exec', ms + 9000, {
				...image('/usr/bin/install', ...install, '/etc/'), ...unapproved('argument_differs'),
				nearest: {
					step: 'install', run: steps(1)[1].run, argument: 4, approved: '/etc/nginx/tls/',
					actual: '/etc/', actual_len: 5,
				},
			}));
		} else {
			sseq++;
		}
		line('exec', ms + 12000, {
			...image('/usr/bin/systemctl', 'reload', 'nginx'), ...approved('reload'),
		});
		line('exit', ms + 13000, {
			session, who, process: { exe: '/usr/bin/systemctl', pid: 105, parent: 5 }, sseq: ++sseq,
			exit_code: 0, signal: null,
		});
		line('exec', ms + 15000, {
			...image('/usr/bin/curl', '-fsS', 'https://localhost/healthz'), ...approved('health'),
		});
		const net = { exe: '/usr/bin/curl', pid: 107, parent: 7 };

		line('connect', ms + 15100, {
			session, who, sseq: ++sseq, process: net, ...approved('health'), proto: 'tcp',
			local: '127.0.0.1:40312', remote: '127.0.0.1:443',
		});
		line('close', ms + 15400, {
			session, who, sseq: ++sseq, process: net, of: sseq - 1, result: 'connected',
			bytes_sent: 1517, bytes_received: 24096, late: false,
		});
		if (bad) {
			alerts.push(line('connect', ms + 17000, {
				session, who, sseq: ++sseq, process: net, ...unapproved('connect_not_allowed'),
				proto: 'tcp', local: '10.0.0.4:40314', remote: '203.0.113.9:8443',
			}));
		}
		return { alerts, stored: bad ? 10 : 8 };
	};

	play('1ngdb31pdbtsg613', 0, false);
	sessionEnd(18000, '1ngdb31pdbtsg613', who, {
		outcome: 'compliant', approved: 6, steps: steps(1), stored: 8, emitted: 8,
	});
	const { alerts, stored } = play('1ngdb4kc3w9e7t21', 600000, true);

	line('loss', 618000, {
		session: '1ngdb4kc3w9e7t21', who, reasons: ['events_lost'], first: 11, last: 12, count: 2,
		reason: 'ring_full',
	});
	sessionEnd(620000, '1ngdb4kc3w9e7t21', who, {
		approved: 6, unapproved: 2, steps: steps(1), stored, emitted: 12, reasons: [
			'argument_differs', 'connect_not_allowed', 'events_lost',
		], lost: { ring_full: 2, fill: 0, untracked: 0 }, alive: 1,
	});
	line('ack', 700000, {
		of: alerts[0], by: 'sam', note: 'agreed with li.wei on the phone; the copy is removed again',
	});
	play('1ngdb5m0v2xq8r44', 1200000, false);
}

function large(n) {
	const who = {
		ticket: 'CHG-3', requester: 'li.wei@contractor.example', operator: 'jdoe', summary: 'Upgrade packages',
	};
	const counts = { approved: 0, unapproved: 0 };
	let image = 1, acts = 0;

	sessionStart(0, 's-large', who);
	line('exec', 0, { session: 's-large', who, sseq: ++acts, ...approved('all'), argv: ['apt-get', 'upgrade'] });
	counts.approved++;
	while (acts < n) {
		const bad = acts % 97 === 50;
		const common = { session: 's-large', who, sseq: ++acts };

		counts[bad ? 'unapproved' : 'approved'] += acts % 3 !== 2;
		if (acts % 3 === 0) {
			image = acts;
			line('exec', acts * 50, {
				...common, ...(bad ? unapproved('not_in_ticket') : approved('all')),
				process: { pid: acts + 100, parent: acts % 12 ? 1 : acts - 3, exe: '/usr/bin/dpkg' },
				argv: ['dpkg', '--unpack', `/var/cache/apt/archives/package-number-${acts}_1.0_amd64.deb`],
				cwd: '/',
			});
		} else if (acts % 3 === 1) {
			line('connect', acts * 50, {
				...common, ...(bad ? unapproved('connect_not_allowed') : approved('all')),
				process: { pid: image + 100, parent: image, exe: '/usr/bin/dpkg' }, proto: 'tcp',
				local: `10.0.0.4:${acts % 60000}`, remote: '10.0.0.1:443',
			});
		} else {
			line('close', acts * 50, {
				...common, process: { pid: image + 100, parent: image }, of: acts - 1,
				result: 'connected', bytes_sent: acts, bytes_received: acts * 7, late: false,
			});
		}
	}
	sessionEnd(n * 50 + 50, 's-large', who, { ...counts, stored: n, emitted: n, reasons: ['not_in_ticket'] });
}

({ hostile, ticket, large })[what](Number(size));
