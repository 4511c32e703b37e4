import * as z from 'zod';
import { expect, test } from 'vitest';
import { callApi } from '../src/api/call.js';
import { fakeApi } from './fake_api.js';

const Output = z.object({ id: z.string() });
const request = { method: 'GET', path: '/things/{id}', params: { id: '7' } } as const;

/** An API that answers everything alike, and the addresses it was asked for. */
function answering(body: string | null, status = 200, headers: Record<string, string> = {}) {
  const paths: string[] = [];
  const fetch = async (path: string) => {
    paths.push(path);
    return new Response(body, { status, headers });
  };
  return { fetch, paths };
}

test.each([
  [400, 'validation'],
  [401, 'permanent'],
  [403, 'permanent'],
  [404, 'not_found'],
  [409, 'conflict'],
  [422, 'validation'],
  [429, 'rate_limit'],
  [503, 'transient'],
])('status %i is %s, without what the API says', async (status, errorClass) => {
  const error = await callApi(answering('{"message":"canary"}', status), Output, request).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ errorClass });
  expect(JSON.stringify(error) + String(error)).not.toContain('canary');
});

test('an answer without end is cut off', async () => {
  let sent = 0;
  const body = new ReadableStream({
    pull(stream) {
      sent += 100_000;
      stream.enqueue(new Uint8Array(100_000));
    },
  });
  await expect(callApi({ fetch: async () => new Response(body) }, Output, request)).rejects.toMatchObject({ errorClass: 'permanent', options: { hint: 'Ask for less.' } });
  expect(sent).toBeLessThan(4_000_000);
});

test('says when to come back', async () => {
  const known = answering('', 429, { 'retry-after': '7' });
  await expect(callApi(known, Output, request)).rejects.toMatchObject({ options: { retryAfterSeconds: 7 } });
});

test.each(['{"id":7}', 'not JSON', ''])('an answer in another form is a failure, not an output: %j', async (body) => {
  await expect(callApi(answering(body), Output, request)).rejects.toMatchObject({ errorClass: 'permanent' });
});

test('says where the form of an answer is another', async () => {
  const nested = z.object({ items: z.array(Output) });
  const error = callApi(answering('[{"id":"a"},{"id":"b","key":"canary"},{"id":{}}]'), nested, { ...request, answer: 'items' });
  await expect(error).rejects.toMatchObject({ message: expect.stringMatching(/at items\.2\.id\.$/) });
});

test('only what the output names is given back', async () => {
  expect(await callApi(answering('{"id":"a","password":"x"}'), Output, request)).toEqual({ id: 'a' });
});

test.each(['.', '..', ''])('an argument never leads to another path: %j', async (id) => {
  const known = answering('{"id":"a"}');
  await expect(callApi(known, Output, { ...request, params: { id } })).rejects.toMatchObject({ errorClass: 'validation' });
  expect(known.paths).toEqual([]);
});

test('a form goes as a form', async () => {
  const fake = await fakeApi({ id: 'a' });
  const form = { name: 'a&b=c', tag: ['x', 'y'], none: undefined };
  expect(await callApi({ fetch: (path, init) => fetch(fake.url + path, init) }, Output, { ...request, method: 'POST', form })).toEqual({ id: 'a' });
  expect(fake.asked).toEqual([{ method: 'POST', url: '/things/7', form: 'name=a%26b%3Dc&tag=x&tag=y' }]);
});

test('values are encoded, lists repeated, and what is undefined left out', async () => {
  const known = answering('{"id":"a"}');
  await callApi(known, Output, { ...request, params: { id: '../a b?#' }, query: { tag: ['x', 'y&z'], page: 2, none: undefined } });
  expect(known.paths).toEqual(['/things/..%2Fa%20b%3F%23?tag=x&tag=y%26z&page=2']);
});

test('takes an answer that breaks off for a passing failure, and reads none that nobody asked for', async () => {
  const broken = () => new Response(new ReadableStream({ pull: (stream) => stream.error(new TypeError('terminated')) }), { status: 200 });
  await expect(callApi({ fetch: async () => broken() }, Output, request)).rejects.toMatchObject({ errorClass: 'transient' });
  const Status = z.object({ status: z.number() });
  expect(await callApi({ fetch: async () => broken() }, Status, { ...request, answer: 'nothing' })).toEqual({ status: 200 });
});
