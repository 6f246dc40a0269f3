// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// chromium.js - Debian's chromium without a head, spoken to over a pipe (the DevTools protocol: JSON with a NUL
// behind each message), which needs no port and no package. It is ours alone and ends with us.
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

const flags = [
	'--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync',
	'--disable-dev-shm-usage', '--hide-scrollbars', '--remote-debugging-pipe',
];

class Browser {
	constructor() {
		this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'lockstep-chromium-'));
		this.process = spawn('chromium', [...flags, `--user-data-dir=${this.profile}`], {
			stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
		});
		this.waiting = new Map();
		this.listeners = [];
		this.last = 0;
		this.rest = '';
		this.process.stdio[4].setEncoding('utf8');
		this.process.stdio[4].on('data', (data) => this.take(data));
		this.gone = new Promise((resolve) => this.process.once('close', resolve));
		this.gone.then(() => {
			for (const { reject } of this.waiting.values())
				reject(new Error('chromium ended'));
		});
	}

	take(data) {
		const messages = (this.rest + data).split('\0');

		this.rest = messages.pop();
		for (const message of messages.map((text) => JSON.parse(text))) {
			const waiter = this.waiting.get(message.id);

			this.waiting.delete(message.id);
			if (waiter && message.error)
				waiter.reject(new Error(`${waiter.method}: ${message.error.message}`));
			else if (waiter)
				waiter.resolve(message.result);
			else
				this.listeners.forEach((listener) => listener(message));
		}
	}

	send(method, params = {}, sessionId = undefined) {
		const id = ++this.last;

		return new Promise((resolve, reject) => {
			this.waiting.set(id, { method, resolve, reject });
			this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
		});
	}

	async close() {
		this.send('Browser.close').catch(() => {});
		const timer = setTimeout(() => this.process.kill('SIGKILL'), 5000);

		await this.gone;
		clearTimeout(timer);
		fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}

	async open(file) {
		const page = new Page(this);

		await page.open(`file://${path.resolve(file)}`);
		return page;
	}
}

// One page, and all that happened in it that no page of ours makes happen.
class Page {
	constructor(browser) {
		this.browser = browser;
		this.events = [];
	}

	async open(url) {
		const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
		const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });

		this.session = sessionId;
		this.target = targetId;
		this.url = url;
		const loaded = new Promise((resolve) => {
			this.browser.listeners.push((message) => {
				if (message.sessionId !== sessionId)
					return;
				if (message.method === 'Page.loadEventFired')
					resolve();
				this.note(message);
			});
		});

		for (const domain of ['Page', 'Runtime', 'Network', 'Log'])
			await this.send(`${domain}.enable`);
		this.events = [];
		const begun = Date.now();

		await this.send('Page.navigate', { url });
		await loaded;
		// laid out and painted, too
		await this.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(document.body.offsetHeight))))');
		this.took = Date.now() - begun;
	}

	note({ method, params }) {
		if (method === 'Network.requestWillBeSent' && params.request.url.split('#')[0] !== this.url)
			this.events.push(`asked for ${params.request.url}`);
		else if (method === 'Runtime.exceptionThrown')
			this.events.push(`exception: ${params.exceptionDetails.text}`);
		else if (method === 'Log.entryAdded')
			this.events.push(`log: ${params.entry.text}`);
		else if (method === 'Page.javascriptDialogOpening')
			this.events.push(`dialog: ${params.message}`);
	}

	send(method, params) {
		return this.browser.send(method, params, this.session);
	}

	async evaluate(expression) {
		const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
			expression, awaitPromise: true, returnByValue: true,
		});

		if (exceptionDetails)
			throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
		return result.value;
	}

	// A function that knows nothing of what is around it, and its JSON arguments.
	run(fn, ...args) {
		return this.evaluate(`(${fn})(...${JSON.stringify(args)})`);
	}

	media(media, scheme) {
		return this.send('Emulation.setEmulatedMedia', {
			media, features: [{ name: 'prefers-color-scheme', value: scheme }],
		});
	}

	close() {
		return this.browser.send('Target.closeTarget', { targetId: this.target });
	}
}

exports.Browser = Browser;
