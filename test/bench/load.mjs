import { connect } from 'node:net';

// Keeps `connections` sockets busy with one request at a time each, for `seconds` or `most` requests; prints how many were answered with 200.
// Raw sockets, because the load generator must not be the slower half. `#` in the body becomes a new number each time.
const [port, connections, seconds, most, head, body] = process.argv.slice(2);
const until = Date.now() + Number(seconds) * 1000;
let answered = 0;
let serial = 0;

function request() {
  const text = body.replaceAll('#', String(process.pid * 1e7 + serial++));
  return `POST /mcp HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\nAccept: application/json, text/event-stream\r\n${head}Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** True when the buffer holds one whole response. */
function complete(buffer) {
  const end = buffer.indexOf('\r\n\r\n');
  if (end === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(buffer.slice(0, end));
  return length === null ? buffer.endsWith('\r\n0\r\n\r\n') : Buffer.byteLength(buffer) >= end + 4 + Number(length[1]);
}

function worker() {
  return new Promise((resolve, reject) => {
    let buffer = '';
    const socket = connect(Number(port), 'localhost', () => socket.write(request()));
    socket.setEncoding('utf8').setNoDelay(true);
    socket.on('error', reject).on('data', (chunk) => {
      buffer += chunk;
      if (!complete(buffer)) return;
      if (!buffer.startsWith('HTTP/1.1 200') || buffer.includes('"isError":true') || buffer.includes('"error":{')) reject(new Error(buffer.slice(0, 2000)));
      buffer = '';
      answered++;
      if (Date.now() < until && serial < Number(most)) socket.write(request());
      else {
        socket.end();
        resolve();
      }
    });
  });
}

await Promise.all(Array.from({ length: Number(connections) }, worker));
console.log(answered);
