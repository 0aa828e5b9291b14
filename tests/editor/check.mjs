// Opens a good and a bad model in the real yaml-language-server, over stdio, with the published
// schema: the good one must be silent, the bad one flagged, completion and hover must be there.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , serverFolder] = process.argv;
const root = path.resolve(import.meta.dirname, '../..');
const schema = pathToFileURL(path.join(root, 'schema/model-v1.json')).href;
const server = spawn('node', [path.join(serverFolder, 'node_modules/yaml-language-server/bin/yaml-language-server'), '--stdio'], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const settings = {
  yaml: { validate: true, hover: true, completion: true, schemas: { [schema]: ['*.yaml'] }, schemaStore: { enable: false }, kubernetesCRDStore: { enable: false } },
};

let buffer = Buffer.alloc(0);
let lastId = 0;
const answers = new Map();
const diagnostics = new Map();

function send(message) {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  server.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}

function request(method, params) {
  return new Promise((resolve) => {
    lastId += 1;
    answers.set(lastId, resolve);
    send({ id: lastId, method, params });
  });
}

server.stdout.on('data', (data) => {
  buffer = Buffer.concat([buffer, data]);
  for (;;) {
    const end = buffer.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end))[1]);
    if (buffer.length < end + 4 + length) return;
    const message = JSON.parse(buffer.subarray(end + 4, end + 4 + length));
    buffer = buffer.subarray(end + 4 + length);
    if (message.method && message.id !== undefined) {
      const result = message.method === 'workspace/configuration' ? message.params.items.map((item) => settings[item.section] ?? null) : null;
      send({ id: message.id, result });
    } else if (message.id !== undefined) {
      answers.get(message.id)?.(message.result ?? message.error);
    } else if (message.method === 'textDocument/publishDiagnostics') {
      diagnostics.get(message.params.uri)?.(message.params.diagnostics);
    }
  }
});

function check(condition, what) {
  if (!condition) {
    console.error(`FAILED: ${what}`);
    process.exitCode = 1;
  } else {
    console.log(`ok: ${what}`);
  }
}

async function open(file) {
  const uri = pathToFileURL(file).href;
  const published = new Promise((resolve) => diagnostics.set(uri, resolve));
  const text = readFileSync(file, 'utf8');
  send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'yaml', version: 1, text } } });
  const late = new Promise((resolve) => setTimeout(() => resolve(null), 10000));
  return { uri, text, found: await Promise.race([published, late]) };
}

/** The position just after a text, which must occur once. */
function after(text, marker) {
  const lines = text.slice(0, text.indexOf(marker) + marker.length).split('\n');
  return { line: lines.length - 1, character: lines.at(-1).length };
}

const label = (item) => (typeof item.documentation === 'string' ? item.documentation : item.documentation?.value ?? '');

await request('initialize', {
  processId: process.pid,
  rootUri: null,
  capabilities: {
    workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
    textDocument: { completion: { completionItem: { snippetSupport: true, documentationFormat: ['markdown'] } }, hover: { contentFormat: ['markdown'] } },
  },
});
send({ method: 'initialized', params: {} });
send({ method: 'workspace/didChangeConfiguration', params: { settings } });
await new Promise((resolve) => setTimeout(resolve, 300));

for (const name of ['book-match-game', 'online-shop', 'clinic-natural-keys', 'iot-time-series', 'multi-tenant-saas']) {
  const good = await open(path.join(root, `fixtures/${name}.yaml`));
  check(good.found !== null && good.found.length === 0, `${name}: a good model is silent ${JSON.stringify(good.found ?? 'no answer')}`);
}

const folder = mkdtempSync(path.join(tmpdir(), 'keyplan-editor-'));
const bad = path.join(folder, 'bad.yaml');
writeFileSync(bad, 'keyplan: 1\ntabels: {}\ntables:\n  Orders:\n    partition_key: id\n    billing: ondemand\nentities:\n  Order:\n    size: big\n');
const flagged = await open(bad);
const messages = (flagged.found ?? []).map((d) => `${d.range.start.line + 1}: ${d.message}`);
check(messages.some((m) => m.startsWith('2:')), `an unknown key is flagged (${messages.join(' | ')})`);
check(messages.some((m) => m.startsWith('6:')), 'an unknown word is flagged');
check(messages.some((m) => m.startsWith('9:')), 'a quantity that cannot be read is flagged');

const draft = path.join(folder, 'draft.yaml');
writeFileSync(draft, 'keyplan: 1\ntables:\n  Orders:\n    partition_key: id\n    billing: on_demand\naccess_patterns:\n  recent:\n    operation: \n');
const opened = await open(draft);
const words = await request('textDocument/completion', { textDocument: { uri: opened.uri }, position: after(opened.text, 'operation: ') });
const items = words.items ?? words;
check(['get', 'query', 'transact_write'].every((word) => items.some((item) => item.label === word)), 'operations are completed');
check(items.some((item) => item.label === 'query' && label(item).includes('partition key')), 'a completed word carries its description');
const keys = await request('textDocument/completion', { textDocument: { uri: opened.uri }, position: { line: 4, character: 4 } });
check((keys.items ?? keys).some((item) => item.label === 'time_to_live'), 'keys are completed');
const hover = await request('textDocument/hover', { textDocument: { uri: opened.uri }, position: { line: 3, character: 8 } });
check(JSON.stringify(hover?.contents ?? '').includes('decides the partition'), 'hovering a key explains it');

await request('shutdown', null);
send({ method: 'exit' });
setTimeout(() => process.exit(), 200);
