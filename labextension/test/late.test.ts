/** What comes back into a cell that was running when the page was loaded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as nbformat from '@jupyterlab/nbformat';
import { LateOutputs, SO_FAR } from '../src/late';

const WIDGET = 'application/vnd.jupyter.widget-view+json';
const CHART = {
  output_type: 'display_data',
  data: { [WIDGET]: {}, 'text/plain': '<ftkit.live.chart.TrainingChart object at 0x7f>' },
  metadata: {}
};
const PRINTED = { output_type: 'stream', name: 'stdout', text: 'x\n' };

/** As JupyterLab's list of outputs behaves. */
class Outputs {
  private models: { toJSON(): nbformat.IOutput }[] = [];
  constructor(all: nbformat.IOutput[]) {
    for (const output of all) {
      this.add(output);
    }
  }
  get all() {
    return this.models.map(model => model.toJSON());
  }
  get length() {
    return this.models.length;
  }
  get(index: number) {
    const found = this.models[index];
    assert.ok(found);
    return found;
  }
  add(output: nbformat.IOutput) {
    return this.models.push({ toJSON: () => output });
  }
  set(index: number, output: nbformat.IOutput) {
    assert.ok(index < this.models.length, 'the list would get a hole');
    this.models[index] = { toJSON: () => output };
  }
  clear() {
    this.models = [];
  }
}

const picture = (step: number) => ({ 'text/plain': `picture at ${step.toString()}` });
const texts = (outputs: Outputs) =>
  outputs.all.map(output => (output['data'] as typeof CHART.data | undefined)?.['text/plain']);

test('what this run of the cell has printed stays, and its chart goes', () => {
  const outputs = new Outputs([PRINTED, CHART]);
  new LateOutputs(outputs, true);
  assert.deepEqual(outputs.all, [PRINTED]);
});

test('a picture that stood in for the chart goes with the page that drew it', () => {
  const outputs = new Outputs([PRINTED]);
  new LateOutputs(outputs, true).show('chart', picture(4), SO_FAR);
  const late = new LateOutputs(outputs, true);
  assert.deepEqual(outputs.all, [PRINTED]);
  late.show('chart', picture(8), SO_FAR);
  const end = { data: picture(9), metadata: {}, transient: { display_id: 'chart' } };
  late.hear('update_display_data', end);
  new LateOutputs(outputs, true);
  assert.deepEqual(texts(outputs), [undefined, 'picture at 9']);
});

test('what the cell showed the time before goes', () => {
  const outputs = new Outputs([PRINTED, { ...CHART, data: picture(1) }]);
  new LateOutputs(outputs, false);
  assert.deepEqual(outputs.all, []);
});

test('one picture takes the place of another, and the last is the one of the end', () => {
  const outputs = new Outputs([]);
  const late = new LateOutputs(outputs, true);
  late.show('chart', picture(4));
  late.hear('stream', { name: 'stdout', text: 'x\n' });
  late.show('chart', picture(8));
  const end = { data: picture(9), metadata: {}, transient: { display_id: 'chart' } };
  late.hear('update_display_data', end);
  late.hear('display_data', { data: picture(10), metadata: {}, transient: {} });
  late.hear('display_data', { data: picture(11), metadata: {}, transient: {} });
  assert.deepEqual(texts(outputs), ['picture at 9', undefined, 'picture at 10', 'picture at 11']);
  assert.deepEqual(outputs.all[1], PRINTED);
  assert.equal('transient' in (outputs.all[2] ?? {}), false);
  assert.equal(late.hasChart, false);
});

test('an update of something that this page never saw is shown all the same', () => {
  const outputs = new Outputs([]);
  const late = new LateOutputs(outputs, true);
  const update = { data: picture(9), metadata: {}, transient: { display_id: 'unknown' } };
  late.hear('update_display_data', update);
  late.hear('error', { ename: 'ValueError', evalue: 'x', traceback: [] });
  assert.equal(outputs.all[1]?.output_type, 'error');
  assert.deepEqual(texts(outputs), ['picture at 9', undefined]);
  late.hear('clear_output', { wait: false });
  late.hear('update_display_data', update);
  assert.deepEqual(texts(outputs), ['picture at 9']);
});

test('a chart that appears only now is the live one', () => {
  const late = new LateOutputs(new Outputs([]), true);
  late.hear('display_data', {
    ...CHART,
    transient: { display_id: 'chart' }
  });
  assert.equal(late.hasChart, true);
});

test('outputs that the person cleared meanwhile take nothing with them', () => {
  const outputs = new Outputs([]);
  const late = new LateOutputs(outputs, true);
  late.show('chart', picture(4));
  outputs.clear();
  late.show('chart', picture(8));
  assert.deepEqual(texts(outputs), ['picture at 8']);
  outputs.clear();
  late.hear('stream', { name: 'stdout', text: 'x\n' });
  const end = { data: picture(9), metadata: {}, transient: { display_id: 'chart' } };
  late.hear('update_display_data', end);
  assert.deepEqual(outputs.all[0], PRINTED);
  assert.deepEqual(texts(outputs), [undefined, 'picture at 9']);
});
