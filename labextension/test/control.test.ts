/** Which way a run is told something. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Signal } from '@lumino/signaling';
import { Control } from '../src/control';

/** A kernel with subshells, and what was sent to it. */
class Sharing {
  readonly info = Promise.resolve();
  readonly iopubMessage = new Signal<this, unknown>(this);
  readonly sent: string[] = [];
  readonly handleComms = true;
  readonly supportsSubshells = true;
  createComm() {
    const number = ++this._opened;
    return {
      isDisposed: false,
      subshellStarted: Promise.resolve(),
      open: () => undefined,
      send: ({ op }: { op: string }) => this.sent.push(`${op} on ${number.toString()}`)
    };
  }
  speak(session: string) {
    this.iopubMessage.emit({ header: { msg_type: 'status', session } });
  }
  private _opened = 0;
}

test('a kernel that another notebook restarted is told on a comm that it knows', async () => {
  const kernel = new Sharing();
  const control = new Control({} as never, () => 'a.ipynb');
  const stop = async () => {
    await control.attach(kernel as never);
    await control.send({ op: 'stop', run: 'r' });
  };
  await stop();
  kernel.speak('one process');
  await stop();
  kernel.speak('one process');
  await stop();
  // The connection is the same, with another process at its end.
  kernel.speak('the next');
  await stop();
  assert.deepEqual(kernel.sent, ['stop on 1', 'stop on 1', 'stop on 1', 'stop on 2']);
});

test('what a page asks for by itself takes no wish of the person away', async () => {
  const files = new Map<string, string>();
  const contents = {
    save: (path: string, { content }: { content: string }) => {
      files.set(path, content);
      return Promise.resolve();
    }
  };
  // The page has no comm while the cell runs, and is loaded once more before the run looks.
  await new Control(contents as never, () => 'a/b.ipynb').send({ op: 'stop', run: 'r' });
  await new Control(contents as never, () => 'a/b.ipynb').send({ op: 'show', run: 'r' });
  assert.deepEqual(
    [...files].map(([path, content]) => [path, (JSON.parse(content) as { op: string }).op]),
    [
      ['a/ftkit-runs/r/control.json', 'stop'],
      ['a/ftkit-runs/r/show.json', 'show']
    ]
  );
});
