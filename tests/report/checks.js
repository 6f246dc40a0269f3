// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// checks.js AXE DIRECTORY - opens the pages that tests/report/check made and says of each row whether it holds:
// that nothing of what was traced ran or became markup, that everything of it is shown as text, that the policy
// stops what would get in all the same, that people who hear the page or print it have it too, and that
// ten thousand events stay usable. Pages that are broken on purpose come last: what finds nothing there
// would find nothing anywhere.
'use strict';

const fs = require('fs');
const path = require('path');
const { Browser } = require('./chromium.js');
const hostile = require('./hostile.js');

const [axeFile, directory] = process.argv.slice(2);
const axe = fs.readFileSync(axeFile, 'utf8');
let failures = 0;

function row(name, holds, why) {
	console.log(holds ? `ok: ${name}` : `not so: ${name}: ${String(why).slice(0, 600)}`);
	failures += holds ? 0 : 1;
}

const file = (name) => path.join(directory, `${name}.html`);

// In the page: what is in it that a page of ours never has.
function strangers() {
	const elements = new Set(('html head meta title style body header main footer section article nav h1 h2 h3 h4 ' +
		'p a b small code pre ul ol li dl dt dd div span table thead tbody tr th td details summary time q ' +
		'svg symbol use circle path rect text tspan g').split(' '));
	const attributes = new Set(('lang charset http-equiv content name class id href aria-hidden aria-label ' +
		'aria-labelledby role tabindex scope datetime width height viewBox x y cx cy r d fill stroke ' +
		'stroke-width stroke-linejoin stroke-dasharray').split(' '));
	const found = [];
	let styles = 0;

	for (const element of document.querySelectorAll('*')) {
		if (!elements.has(element.localName))
			found.push(`<${element.localName}>`);
		for (const { name, value } of element.attributes) {
			if (!attributes.has(name))
				found.push(`${element.localName} ${name}="${value}"`);
			if (name === 'href' && !/^#[a-z0-9-]+$/.test(value))
				found.push(`href="${value}"`);
			if (name === 'id' && !/^[a-z0-9-]+$/.test(value))
				found.push(`id="${value}"`);
			if (name === 'class' && !/^[a-z -]*$/.test(value))
				found.push(`class="${value}"`);
		}
		styles += element.localName === 'style';
	}
	if (styles !== 1)
		found.push(`${styles} styles`);
	if (window.ran)
		found.push('a script ran');
	const others = document.createTreeWalker(document, NodeFilter.SHOW_COMMENT | NodeFilter.SHOW_CDATA_SECTION |
		NodeFilter.SHOW_PROCESSING_INSTRUCTION);

	if (others.nextNode())
		found.push(`a comment: ${others.currentNode.data}`);
	return found;
}

// In the page: links that lead nowhere, and addresses that are two elements'.
function addresses() {
	const found = [];
	const ids = new Set();

	for (const { id } of document.querySelectorAll('[id]')) {
		if (ids.has(id))
			found.push(`twice: ${id}`);
		ids.add(id);
	}
	for (const link of document.querySelectorAll('[href]')) {
		if (!ids.has(link.getAttribute('href').slice(1)))
			found.push(`nowhere: ${link.getAttribute('href')}`);
	}
	return found;
}

// In the page: what axe finds, everything unfolded.
async function accessible() {
	for (const details of document.querySelectorAll('details'))
		details.open = true;
	const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });

	return violations.map(({ id, nodes }) => `${id}: ${nodes.length}, as ${nodes[0].html}`);
}

// In the page: tries to get a script in, as a hole in the escaping would. What the policy lets through.
async function intrude() {
	const passed = [];
	const script = document.createElement('script');
	const div = document.createElement('div');

	script.textContent = 'window.ran = 1';
	document.body.append(script);
	div.innerHTML = '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=" onload="window.ran = 1" onerror="window.ran = 1">' +
		'<p style="position: fixed">x</p><style>.intruder { display: none }</style><i class="intruder">x</i>' +
		'<iframe srcdoc="<script>parent.ran = 1</script>"></iframe>';
	// What is to come of them has come once each was loaded or refused.
	const settled = [...div.querySelectorAll('img, iframe')].map((element) => new Promise((done) => {
		element.addEventListener('load', done);
		element.addEventListener('error', done);
	}));
	document.body.append(div);
	await Promise.all(settled);
	if (window.ran)
		passed.push('a script');
	if (getComputedStyle(div.querySelector('p')).position === 'fixed')
		passed.push('a style attribute');
	if (getComputedStyle(div.querySelector('i')).display === 'none')
		passed.push('a style');
	if (div.querySelector('img').naturalWidth)
		passed.push('a picture');
	return passed;
}

async function checkPage(browser, name) {
	const page = await browser.open(file(name));
	const found = await page.run(strangers);
	const dangling = await page.run(addresses);

	row(`${name}: nothing but our own markup`, found.length === 0, found);
	row(`${name}: every link leads to one place`, dangling.length === 0, dangling);
	row(`${name}: it asked for nothing and complained of nothing`, page.events.length === 0, page.events);
	row(`${name}: the style is there`, await page.evaluate('getComputedStyle(document.querySelector(".banner")).borderLeftWidth === "6px"'));
	return page;
}

async function checkHostile(browser) {
	const page = await checkPage(browser, 'hostile');
	const fields = await page.run(() => [...document.querySelectorAll('.card dd, .name, .facts code, td, th, .unseen, tspan, text, q, .lead, pre, .print, .ack b')].map((e) => e.textContent));

	for (const { name, shown } of hostile.rows) {
		const places = fields.filter((text) => text.includes(shown)).length;

		row(`hostile: ${name}, shown as text`, places >= 10, `${places} places show ${JSON.stringify(shown)}`);
	}
	const hidden = await page.run(() => document.documentElement.textContent.match(/[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u)?.[0]);

	row('hostile: no character that is not seen', !hidden, JSON.stringify(hidden));
	await page.run(() => {
		for (const element of document.querySelectorAll('*')) {
			for (const type of ['mouseover', 'focus', 'click', 'toggle', 'load', 'error'])
				element.dispatchEvent(new Event(type));
		}
	});
	row('hostile: nothing runs when it is touched', !await page.evaluate('window.ran'));
	await page.close();
}

// Chosen by a name that is hostile: it is in the title, in the heading, and where the choice is told.
async function checkChosen(browser) {
	const page = await checkPage(browser, 'chosen');
	const name = hostile.rows.find((row) => row.name === 'a script that closes the title').shown;
	const places = await page.run(() => ['title', 'h1', 'header p.meta'].map((place) => document.querySelector(place).textContent));

	for (const text of places)
		row('chosen: by whom is shown as text', text.includes(`--operator '${name}'`), text);
	row('chosen: one session', (await page.run(() => document.querySelectorAll('article.session').length)) === 1);
	await page.close();
}

async function checkPolicy(browser) {
	const page = await browser.open(file('ticket'));
	const passed = await page.run(intrude);

	row('policy: stops a script, a handler, a style, a picture', passed.length === 0, passed);
	await page.close();
}

async function checkAccess(browser, name) {
	for (const scheme of ['light', 'dark']) {
		const page = await browser.open(file(name));

		await page.media('screen', scheme);
		await page.evaluate(axe);
		const found = await page.run(accessible);

		row(`${name}: axe has nothing against it, ${scheme}`, found.length === 0, found.join('; '));
		await page.close();
	}
}

async function checkSchemes(browser) {
	const page = await browser.open(file('ticket'));
	const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');

	await page.media('screen', 'light');
	row('schemes: light is light', await ground() === 'rgb(255, 255, 255)', await ground());
	await page.media('screen', 'dark');
	row('schemes: dark is dark', await ground() === 'rgb(20, 23, 27)', await ground());
	await page.media('print', 'dark');
	await page.send('Emulation.setDeviceMetricsOverride', { width: 718, height: 1047, deviceScaleFactor: 1, mobile: false });
	row('schemes: paper is white', await ground() === 'rgb(255, 255, 255)', await ground());
	row('print: no links to click', await page.evaluate('getComputedStyle(document.querySelector("nav")).display === "none"'));
	row('print: the ticket is unfolded', await page.evaluate('document.querySelector("pre.ticket").getBoundingClientRect().height > 50'));
	row('print: nothing is wider than the paper', await page.evaluate('document.documentElement.scrollWidth <= 718'), await page.evaluate('document.documentElement.scrollWidth'));
	const { data } = await page.send('Page.printToPDF', { paperWidth: 8.27, paperHeight: 11.69 });

	row('print: a document comes out', Buffer.from(data, 'base64').subarray(0, 5).toString() === '%PDF-' && data.length > 20000);
	await page.close();
}

// A mark has its word beside it: who sees no colour reads.
async function checkMarks(browser) {
	const page = await browser.open(file('ticket'));
	const words = await page.run(() => ({
		session: document.querySelector('article:nth-of-type(2) .word').textContent,
		tree: [...document.querySelectorAll('.tree text')].filter((e) => e.textContent.includes('UNAPPROVED')).length,
		shapes: [...document.querySelectorAll('.tree path.bad, .time path.bad')].every((e) => e.getAttribute('d').endsWith('l7 7-7 7-7-7z')),
		lane: document.querySelector('article:nth-of-type(2) .time a').getAttribute('aria-label'),
		open: document.querySelector('article:nth-of-type(2) .figures').textContent,
		note: document.querySelector('.ack').textContent,
	}));

	row('marks: the verdict in words', words.session === 'Violation', words.session);
	row('marks: unapproved acts are named in the tree', words.tree === 2, words.tree);
	row('marks: and are diamonds', words.shapes);
	row('marks: a diamond of the timeline says what it is', words.lane === '1 unapproved act', words.lane);
	row('responses: two of three alerts are open', words.open.includes('2 of 3'), words.open);
	row('responses: who, when and why', /acknowledged by sam, .*2026-11-23 20:41:40\.000 UTC: agreed with/.test(words.note), words.note);
	await page.close();
}

async function checkLarge(browser) {
	const page = await checkPage(browser, 'large');
	const facts = await page.run(() => ({
		rows: document.querySelectorAll('.events tbody tr').length,
		elements: document.querySelectorAll('*').length,
		folds: document.querySelectorAll('details.fold').length,
		open: document.querySelectorAll('details[open]').length,
		tree: document.querySelectorAll('.tree text').length,
	}));
	const target = await page.run(async () => {
		const begun = performance.now();
		const inSight = () => document.querySelector(':target')?.getBoundingClientRect().top < innerHeight;

		location.hash = '#e9000';
		while (!inSight() && performance.now() - begun < 300000)
			await new Promise((done) => setTimeout(done, 10));
		return inSight();
	});

	console.log(`   large: ready in ${page.took} ms`);
	row('large: of elements no more than 20 for each record', facts.elements < 20 * facts.rows, facts.elements);
	row('large: every record is there', facts.rows === 10002, JSON.stringify(facts));
	row('large: folded, and nothing open', facts.folds >= 41 && facts.open === 0, JSON.stringify(facts));
	row('large: a tree of a size to look at', facts.tree > 100 && facts.tree < 1300, facts.tree);
	row('large: a link opens the fold that it leads into', target);
	row('large: a page of a size to send', fs.statSync(file('large')).size < 8 << 20);
	await page.close();
}

// The same pages with what holds them together taken away: the checks above have to find it.
async function checkChecks(browser) {
	const whole = fs.readFileSync(file('hostile'), 'utf8');
	const open = whole.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '');
	// without the one that would lead away from the page
	const raw = (html) => html.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'")
		.replaceAll('http-equiv="refresh"', '');

	fs.writeFileSync(file('no-policy'), open);
	fs.writeFileSync(file('no-escapes'), raw(whole));
	fs.writeFileSync(file('neither'), raw(open));
	let page = await browser.open(file('no-policy'));
	const passed = await page.run(intrude);

	row('broken: without the policy an intruder is found', passed.length === 4, passed);
	await page.close();
	page = await browser.open(file('no-escapes'));
	const found = await page.run(strangers);

	row('broken: without escapes strange markup is found', found.length > 10, found);
	row('broken: and the policy alone lets no script run', !found.includes('a script ran'), found);
	row('broken: and says that it did not', page.events.some((event) => event.includes('Content Security Policy')), page.events);
	await page.close();
	page = await browser.open(file('neither'));
	row('broken: without both a script is seen to run', (await page.run(strangers)).includes('a script ran'));
	await page.close();
}

async function main() {
	const browser = new Browser();

	try {
		await checkHostile(browser);
		await checkChosen(browser);
		await (await checkPage(browser, 'ticket')).close();
		await checkPolicy(browser);
		for (const name of ['ticket', 'demo', 'losses', 'rehearsal'])
			await checkAccess(browser, name);
		await checkSchemes(browser);
		await checkMarks(browser);
		await checkLarge(browser);
		await checkChecks(browser);
	} finally {
		await browser.close();
	}
	console.log(`${failures} failures`);
	process.exitCode = failures ? 1 : 0;
}

main().catch((error) => {
	console.log(`not so: ${error.stack}`);
	process.exitCode = 1;
});
