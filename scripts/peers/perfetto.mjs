// Opens a trace with Perfetto's trace processor, as its page does it, and asks it questions in SQL.
//
//   node perfetto.mjs FOLDER TRACE SQL...
//
// FOLDER holds engine_bundle.js and trace_processor.wasm of Perfetto's user interface. The bundle is written for a browser's
// worker, so what it wants of one is put in its place here. One line a row goes to standard output, columns parted by tabs.
// The messages are those of Perfetto's trace_processor.proto: TraceProcessorRpcStream, TraceProcessorRpc, QueryResult.
import fs from "node:fs";
import path from "node:path";
import vm from "node:vm";

const [folder, trace, ...queries] = process.argv.slice(2);
if (queries.length === 0) throw new Error("usage: perfetto.mjs FOLDER TRACE SQL...");

// --- A worker's surroundings.
globalThis.self = globalThis;
globalThis.WorkerGlobalScope = function () {};
globalThis.location = { href: "" };
// Otherwise the bundle sees that this is no browser, and refuses.
process.type = "renderer";
const read = (name) => new Uint8Array(fs.readFileSync(path.join(folder, path.basename(String(name)))));
globalThis.fetch = async (name) => new Response(read(name), { headers: { "Content-Type": "application/wasm" } });
globalThis.XMLHttpRequest = class {
  open(_, name) {
    this.name = name;
  }
  send() {
    this.response = read(this.name).buffer;
  }
};
console.warn = () => {};
const print = console.log;
console.log = () => {};

// --- Protocol buffers, as far as they are needed.
const varint = (n) => {
  const bytes = [];
  for (let rest = BigInt(n); ; rest >>= 7n) {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    if (rest <= 127n) return Buffer.from(bytes);
  }
};
const number = (tag, value) => Buffer.concat([varint(tag << 3), varint(value)]);
const bytes = (tag, value) => Buffer.concat([varint((tag << 3) | 2), varint(value.length), value]);

function readVarint(buffer, at) {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = buffer[at++];
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return [value, at];
  }
}
function* fields(buffer) {
  for (let at = 0; at < buffer.length; ) {
    let key, value;
    [key, at] = readVarint(buffer, at);
    const [tag, kind] = [Number(key >> 3n), Number(key & 7n)];
    if (kind === 0) [value, at] = readVarint(buffer, at);
    else {
      let length = kind === 1 ? 8n : 4n;
      if (kind === 2) [length, at] = readVarint(buffer, at);
      value = buffer.subarray(at, at + Number(length));
      at += Number(length);
    }
    yield [tag, value];
  }
}

// --- Requests and replies.
const APPEND = 1, FINALIZE = 2, QUERY = 3;
let sequence = 0, replies = [], tell = () => {};
let left = Buffer.alloc(0);
const port = {
  onmessage: null,
  postMessage(message) {
    // A reply may come in pieces.
    left = Buffer.concat([left, Buffer.from(message)]);
    for (;;) {
      if (left.length < 2) return;
      const [length, start] = readVarint(left, 1);
      if (left.length < start + Number(length)) return;
      replies.push(left.subarray(start, start + Number(length)));
      left = left.subarray(start + Number(length));
      tell();
    }
  },
};
async function ask(request, body) {
  const rpc = Buffer.concat([number(1, sequence++), number(2, request), ...body]);
  port.onmessage({ data: new Uint8Array(bytes(1, rpc)) });
  while (replies.length === 0) await new Promise((resolve) => (tell = resolve));
  return replies.shift();
}
const part = (message, tag) => [...fields(message)].filter(([found]) => found === tag).map(([, value]) => value);

async function query(sql) {
  let reply = await ask(QUERY, [bytes(103, bytes(1, Buffer.from(sql)))]);
  const columns = [], cells = [];
  for (;;) {
    let last = true;
    for (const result of part(reply, 203)) {
      columns.push(...part(result, 1).map(String));
      const [error] = part(result, 2);
      if (error?.length) throw new Error(`${sql}: ${error}`);
      for (const batch of part(result, 3)) {
        cells.push(...batchCells(batch));
        last = part(batch, 6).some((flag) => flag === 1n);
      }
    }
    if (last) break;
    while (replies.length === 0) await new Promise((resolve) => (tell = resolve));
    reply = replies.shift();
  }
  for (let at = 0; at < cells.length; at += columns.length) print(cells.slice(at, at + columns.length).join("\t"));
}
function* batchCells(batch) {
  const varints = part(batch, 2).flatMap((packed) => {
    const all = [];
    for (let at = 0, value; at < packed.length; ) {
      [value, at] = readVarint(packed, at);
      all.push(BigInt.asIntN(64, value));
    }
    return all;
  });
  const floats = part(batch, 3).flatMap((packed) => [...new Float64Array(new Uint8Array(packed).buffer)]);
  const texts = part(batch, 5).flatMap((text) => String(text).split("\0").slice(0, -1));
  for (const kind of part(batch, 1).flatMap((packed) => [...packed])) {
    yield [undefined, "NULL", varints, floats, texts][kind] instanceof Array
      ? [undefined, undefined, varints, floats, texts][kind].shift()
      : "NULL";
  }
}

vm.runInThisContext(fs.readFileSync(path.join(folder, "engine_bundle.js"), "utf8"));
globalThis.onmessage({ data: port });
// The bundle answers only once it has compiled itself, and says so to nobody.
await new Promise((resolve) => setTimeout(resolve, 3000));
const file = fs.readFileSync(trace);
const appended = await ask(APPEND, [bytes(101, file)]);
for (const result of part(appended, 201)) {
  const [error] = part(result, 2);
  if (error?.length) throw new Error(`${trace}: ${error}`);
}
await ask(FINALIZE, []);
for (const sql of queries) await query(sql);
process.exit(0);
