/** Whose outputs a page takes up: those of cells that ran, or waited, when it was loaded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Midway } from '../src/midway';

const CHART = {
  data: {
    'application/vnd.jupyter.widget-view+json': {},
    'text/plain': '<ftkit.live.chart.TrainingChart object at 0x7f>'
  },
  metadata: {},
  transient: { display_id: 'chart' }
};

/** As much of a page's element as the bar needs. */
class Element {
  readonly dataset = {};
  readonly style = {};
  static buttons: Element[] = [];
  disabled = false;
  nextElementSibling = null;
  textContent = '';
  press: () => void = () => undefined;
  addEventListener(_: string, listener: () => void) {
    this.press = listener;
    Element.buttons.push(this);
  }
  append() {}
  before() {}
  remove() {}
  setAttribute() {}
  querySelector() {
    return this;
  }
}
Object.assign(globalThis, { document: { createElement: () => new Element() } });

class Cell {
  readonly type = 'code';
  all: unknown[] = [];
  executionCount: number | null = null;
  executionState = 'idle';
  isDisposed = false;
  constructor(readonly id: string) {}
  readonly outputs = {
    all: this.all,
    get length() {
      return this.all.length;
    },
    get(index: number) {
      return { toJSON: () => this.all[index] };
    },
    add(output: unknown) {
      return this.all.push(output);
    },
    set(index: number, output: unknown) {
      this.all[index] = output;
    },
    clear() {
      this.all.length = 0;
    }
  };
}

type Slot = (sender: unknown, message: unknown) => void;

/** A notebook with cells, its kernel, and what was sent to its run. */
function opened(...ids: string[]) {
  const slots: Slot[] = [];
  const signal = { connect: (slot: Slot, self: unknown) => slots.push(slot.bind(self)) };
  const none = { connect: () => true };
  const cells = ids.map(id => new Cell(id));
  const widgets = cells.map(model => ({
    model,
    node: new Element(),
    isDisposed: false,
    ready: Promise.resolve()
  }));
  const sent: string[] = [];
  let reached = true;
  Element.buttons = [];
  const session = { kernel: { clientId: 'this page' } };
  const context = {
    sessionContext: { iopubMessage: signal, kernelChanged: none, statusChanged: none, session }
  };
  const options = {
    panel: () => ({ content: { widgets } }),
    send: (control: { op: string; run: string }) => {
      sent.push(`${control.op} ${control.run}`);
      return Promise.resolve(reached);
    },
    changed: () => undefined
  };
  const trans = { __: (text: string) => text };
  const kernel = { process: 'one' };
  new Midway(context as never, options as never, trans as never);
  const hear = (
    request: string,
    type: string,
    content: unknown,
    page = 'gone',
    more: Record<string, unknown> = {}
  ) => {
    const parent_header = { msg_type: 'execute_request', msg_id: request, session: page, ...more };
    for (const slot of slots) {
      slot(null, { header: { msg_type: type, session: kernel.process }, parent_header, content });
    }
  };
  return {
    cells,
    kernel,
    widgets,
    sent,
    hear,
    refuse: () => {
      reached = false;
    },
    /** The button of the bar that is shown. */
    get stop() {
      return Element.buttons[0] ?? new Element();
    },
    status: (request: string, state: string, page?: string) => {
      hear(request, 'status', { execution_state: state }, page);
    },
    trains: (request: string, cell: string, page?: string) => {
      const event = { kind: 'event', event: 'training', target: 'ftkit', run: 'r', cell };
      const data = { ...event, active: true, eta: null, text: 'training' };
      hear(request, 'comm_msg', { data }, page);
    }
  };
}

test('the cell that trains when the page is loaded is taken up until it ends', () => {
  const { cells, hear, sent, status, trains } = opened('train');
  trains('1', 'train');
  hear('1', 'stream', { name: 'stdout', text: 'x' });
  assert.deepEqual(sent, ['show r']);
  assert.deepEqual([cells[0]?.executionState, cells[0]?.all.length], ['running', 1]);
  status('1', 'idle');
  assert.equal(cells[0]?.executionState, 'idle');
});

test('a training that waited behind the cell that ran is taken up, too', () => {
  const { cells, hear, sent, status, trains } = opened('data', 'train');
  status('1', 'idle');
  status('2', 'busy');
  hear('2', 'display_data', CHART);
  trains('2', 'train');
  assert.deepEqual([cells[1]?.executionState, cells[1]?.all.length], ['running', 1]);
  assert.deepEqual(sent, [], 'its chart is the live one');
});

test('what began while the page was there, or was asked for here, is left to JupyterLab', () => {
  const { cells, status, trains } = opened('train');
  status('1', 'busy', 'other page');
  trains('1', 'train', 'other page');
  status('1', 'idle', 'other page');
  // A thread that outlives its cell still speaks in its name.
  trains('1', 'train', 'other page');
  // The beginning was lost with the connection.
  trains('2', 'train', 'this page');
  assert.equal(cells[0]?.executionState, 'idle');
});

test('a cell that is moved while it trains is found again', () => {
  const { cells, hear, trains, widgets } = opened('train');
  trains('1', 'train');
  const moved = new Cell('train');
  Object.assign(cells[0] ?? {}, { isDisposed: true });
  Object.assign(widgets[0] ?? {}, { model: moved });
  hear('1', 'stream', { name: 'stdout', text: 'x' });
  trains('1', 'train');
  assert.deepEqual([moved.executionState, moved.all.length], ['running', 1]);
});

test('a cell whose end never came is let go where another one begins or speaks', () => {
  const { cells, status, trains } = opened('one', 'two', 'three');
  trains('1', 'one');
  // The connection was away meanwhile, and took the end of the first and the beginning of the second with it.
  trains('2', 'two');
  assert.deepEqual(
    cells.map(cell => cell.executionState),
    ['idle', 'running', 'idle']
  );
  status('3', 'busy', 'this page');
  assert.equal(cells[1]?.executionState, 'idle');
});

test('a cell that runs beside it, in a subshell, does not end it', () => {
  const { cells, hear, trains } = opened('train');
  trains('1', 'train');
  hear('2', 'status', { execution_state: 'busy' }, 'console', { subshell_id: 'sub' });
  assert.equal(cells[0]?.executionState, 'running');
});

test('a cell ends with its kernel, also where another notebook restarted that', () => {
  const { cells, hear, kernel, trains } = opened('train');
  trains('1', 'train');
  kernel.process = 'the next';
  hear('2', 'status', { execution_state: 'idle' }, 'other notebook', {
    msg_type: 'kernel_info_request'
  });
  assert.equal(cells[0]?.executionState, 'idle');
});

test('what a cell showed before it could be known stays, though a thread of another one spoke since', () => {
  const { cells, hear, trains } = opened('train');
  hear('1', 'stream', { name: 'stdout', text: 'first' });
  hear('0', 'stream', { name: 'stdout', text: 'of an earlier cell' });
  trains('1', 'train');
  assert.deepEqual(cells[0]?.all, [{ output_type: 'stream', name: 'stdout', text: 'first' }]);
});

test('Stop is offered again where the run could not be told', async () => {
  const page = opened('train');
  const { trains, refuse } = page;
  trains('1', 'train');
  const { stop } = page;
  const offered = [stop.disabled];
  refuse();
  stop.press();
  offered.push(stop.disabled);
  await Promise.resolve();
  await Promise.resolve();
  offered.push(stop.disabled);
  assert.deepEqual(offered, [false, true, false]);
});

test('a training that another thread goes on with is not shown as that of the cell', () => {
  const { cells, hear, sent } = opened('compare');
  const about = (data: object) => {
    hear('1', 'comm_msg', { data: { kind: 'event', target: 'ftkit', ...data } });
  };
  about({ event: 'working', cell: 'compare' });
  // What a thread says goes out in the name of the cell that runs.
  about({ event: 'training', run: 'r', cell: null, active: true, eta: null, text: 'training' });
  assert.equal(cells[0]?.executionState, 'running');
  assert.deepEqual(sent, []);
});
