/** What can be switched on and off in the picture. The browser has all the numbers: the busy kernel is not asked. */

import type { IOptions } from './drawing';
import { element } from './dom';

interface ISwitch {
  option: keyof IOptions;
  label: string;
  /** One sentence, shown under the pointer and read by screen readers. */
  says: string;
}

const SWITCHES: ISwitch[] = [
  {
    option: 'smooth',
    label: 'smooth',
    says: 'Draws the average of neighbouring values over the training curve, which jumps from batch to batch.'
  },
  {
    option: 'log',
    label: 'log scale',
    says: 'Every step up the axis multiplies: small changes at the low end become visible.'
  },
  {
    option: 'chance',
    label: 'chance',
    says:
      'Shades how far an evaluation might lie from the best one by the choice of held-out examples alone ' +
      '(95 of 100 times). Where the shade reaches down to the best, the two cannot be told apart.'
  },
  {
    option: 'slice',
    label: 'training examples',
    says:
      'Draws the loss on some of the examples it trains on, measured as the evaluation is. ' +
      'How far the evaluation lies above it is the gap: what was learned by heart.'
  },
  {
    option: 'rate',
    label: 'learning rate',
    says: 'Draws how large the steps are.'
  }
];

/** A row of check boxes. */
export class Switches {
  readonly node = element('div', 'ftkit-chart-switches');
  readonly options: IOptions = {
    smooth: false,
    log: false,
    chance: true,
    slice: false,
    rate: true
  };

  constructor(changed: () => void, signal: AbortSignal) {
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', 'How the chart is drawn');
    for (const { option, label, says } of SWITCHES) {
      const row = element('label', 'ftkit-chart-switch');
      const box = element('input', '');
      box.type = 'checkbox';
      box.checked = this.options[option];
      box.setAttribute('aria-description', says);
      row.title = says;
      row.append(box, label);
      box.addEventListener(
        'change',
        () => {
          this.options[option] = box.checked;
          changed();
        },
        { signal }
      );
      this._rows.set(option, row);
      this.node.append(row);
    }
  }

  /** Shows those that make a difference to what is drawn. */
  offer(useful: (keyof IOptions)[]): void {
    for (const [option, row] of this._rows) {
      row.hidden = !useful.includes(option);
    }
    this.node.hidden = useful.length === 0;
  }

  private readonly _rows = new Map<keyof IOptions, HTMLLabelElement>();
}
