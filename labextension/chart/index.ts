/** The live chart of a training run: curves, numbers, verdict, Stop and "Answer this prompt now". */

import css from './chart.css';
import { Controls } from './controls';
import { element, say } from './dom';
import type { IModel, IPanel } from './model';
import { Plot } from './plot';
import { Switches } from './switches';
import { Tabs } from './tabs';

interface IView {
  model: IModel;
  el: HTMLElement;
}

function render({ model, el }: IView): () => void {
  const end = new AbortController();
  const root = element('section', 'ftkit-chart');
  const style = element('style', '', css);
  const head = element('div', 'ftkit-chart-head');
  const heading = element('h3', 'ftkit-chart-title');
  const verdict = element('p', 'ftkit-chart-verdict');
  // Read aloud when the verdict changes, not whenever a number in its sentence does.
  const announced = element('p', 'ftkit-chart-announced');
  const picture = element('div', 'ftkit-chart-picture');
  const plotNode = element('div', 'ftkit-chart-plot');
  const numbers = element('dl', 'ftkit-chart-numbers');
  const note = element('p', 'ftkit-chart-note');
  const side = element('div', 'ftkit-chart-side');
  const left = element('div', 'ftkit-chart-left');
  const middle = element('div', 'ftkit-chart-middle');
  const controls = new Controls(model, end.signal);
  const tabs = new Tabs(() => {
    showText();
    plot.draw();
  }, end.signal);
  // The browser has all that can be looked at: a click needs no answer of the busy kernel.
  const chosen = (): IPanel | undefined =>
    model.get('panels').find(panel => panel.label === tabs.chosen);
  const switches = new Switches(() => {
    plot.draw();
  }, end.signal);
  const plot = new Plot(
    () => {
      plot.revision = `${tabs.chosen} ${String(switches.options.log)}`;
      return chosen() ?? { traces: model.get('traces'), axes: model.get('axes') };
    },
    plotNode,
    switches.options,
    useful => {
      switches.offer(useful);
    }
  );

  announced.setAttribute('role', 'status');
  announced.setAttribute('aria-live', 'polite');
  picture.setAttribute('role', 'img');
  picture.append(plotNode);
  left.append(switches.node, picture);
  side.append(numbers, note);
  middle.append(left, side);
  head.append(heading, controls.stop);
  root.append(head, verdict, announced, tabs.node, middle, controls.buttons, controls.answers);
  el.append(style, root);

  const showText = (): void => {
    const run = model.get('run');
    const { kind, text } = model.get('verdict');
    say(heading, `Training ${run}`);
    root.setAttribute('aria-label', `Training ${run}`);
    say(verdict, text);
    verdict.dataset['kind'] = kind;
    say(announced, model.get('announced'));
    tabs.show([model.get('measure'), ...model.get('panels').map(panel => panel.label)]);
    const panel = chosen();
    say(note, panel?.note ?? model.get('note'));
    picture.setAttribute('aria-label', panel?.picture ?? model.get('picture'));
    numbers.replaceChildren(
      ...model.get('numbers').map(([label, value]) => {
        const pair = element('div', 'ftkit-chart-number');
        pair.append(element('dt', '', label), element('dd', '', value));
        return pair;
      })
    );
    controls.show();
  };
  const showCurves = (): void => {
    plot.draw();
  };

  const texts = [
    'run',
    'verdict',
    'announced',
    'note',
    'measure',
    'picture',
    'numbers',
    'state',
    'notice',
    'samples',
    'panels'
  ];
  const curves = ['traces', 'axes', 'panels'];
  texts.forEach(name => model.on(`change:${name}`, showText));
  curves.forEach(name => model.on(`change:${name}`, showCurves));
  showText();
  showCurves();

  return () => {
    texts.forEach(name => model.off(`change:${name}`, showText));
    curves.forEach(name => model.off(`change:${name}`, showCurves));
    end.abort();
    plot.dispose();
  };
}

export default { render };
