// Stands in for AWS: takes HTTP requests, makes the events of one kind of integration of them, and calls the handler as Lambda does.
// argv: the built entry, the kind (url, rest or http), the port.
import { createServer } from 'node:http';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';

const [entry, kind, port] = process.argv.slice(2);
const invocation = { getRemainingTimeInMillis: () => 60_000 };

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from: (stream, head) => {
      stream.head = head;
      stream.emit('head');
      return stream;
    },
  },
};

const functions = await import(pathToFileURL(entry).href);

/** Whom AWS would say it has seen: the test's word for it. It appends them to X-Forwarded-For. */
function arrive(headersDistinct) {
  const { 'test-source-ip': [sourceIp] = ['192.0.2.1'], ...headers } = headersDistinct;
  return { sourceIp, headers: { ...headers, 'x-forwarded-for': [[...(headers['x-forwarded-for'] ?? []), sourceIp].join(', ')] } };
}

/** Payload 2.0: one text per header, names in lower case. */
function payload2({ method, url, headersDistinct }, body) {
  const { pathname, search } = new URL(url, 'https://any');
  const { sourceIp, headers: arrived } = arrive(headersDistinct);
  const headers = Object.fromEntries(Object.entries(arrived).map(([name, values]) => [name, values.join(',')]));
  return { version: '2.0', routeKey: '$default', rawPath: pathname, rawQueryString: search.slice(1), headers, requestContext: { http: { method, path: pathname, protocol: 'HTTP/1.1', sourceIp }, stage: '$default' }, body: body.toString('base64'), isBase64Encoded: true };
}

/** Payload 1.0: the last value of each header, and all of them beside it. */
function payload1({ method, url, headersDistinct }, body) {
  const { pathname, searchParams } = new URL(url, 'https://any');
  const { sourceIp, headers: arrived } = arrive(headersDistinct);
  const multiValueHeaders = Object.fromEntries(Object.entries(arrived).map(([name, values]) => [name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase()), values]));
  const headers = Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)]));
  const multiValueQueryStringParameters = searchParams.size === 0 ? null : Object.fromEntries([...searchParams.keys()].map((name) => [name, searchParams.getAll(name)]));
  return { resource: '/{proxy+}', path: pathname, httpMethod: method, headers, multiValueHeaders, multiValueQueryStringParameters, requestContext: { path: pathname, stage: 'prod', httpMethod: method, identity: { sourceIp } }, body: body.length === 0 ? null : body.toString(), isBase64Encoded: false };
}

async function streamed(event, response) {
  const stream = new PassThrough();
  stream.once('head', () => {
    const send = () => response.headersSent || response.writeHead(stream.head.statusCode, stream.head.headers).flushHeaders();
    // As Lambda does: the head goes out with the first bytes.
    stream.once('data', send).once('end', send).pipe(response);
  });
  await functions.handler(event, stream, invocation);
}

async function inOnePiece(event, response) {
  const { statusCode, headers, body } = await functions.buffered(event, invocation);
  response.writeHead(statusCode, headers).end(body);
}

const server = createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const event = (kind === 'rest' ? payload1 : payload2)(request, Buffer.concat(chunks));
  await (kind === 'http' ? inOnePiece : streamed)(event, response);
  // Lambda freezes the process now.
  console.log('invocation over');
});
server.listen(Number(port), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
