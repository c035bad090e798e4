/** What the banner over a panel that is shut says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bannerText } from '../src/busy';

test('the banner calls what it shuts by the name that everything else gives it', () => {
  const trans = { __: (text: string) => text };
  const text = bannerText({ busy: true, training: null }, trans as never);
  assert.equal(text, 'A cell is running; the panel opens again when it is done');
});
