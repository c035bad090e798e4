/** What the chart shows: the losses, or one of the metrics that the task logs. */

import { element } from './dom';

/** A row of tabs; there is none while there is nothing to choose. */
export class Tabs {
  constructor(
    private readonly _changed: () => void,
    signal: AbortSignal
  ) {
    this.node.setAttribute('role', 'tablist');
    this.node.setAttribute('aria-label', 'What the chart shows');
    this.node.hidden = true;
    this.node.addEventListener(
      'click',
      event => {
        const label = (event.target as HTMLElement).dataset['label'];
        if (label !== undefined) {
          this._choose(label);
        }
      },
      { signal }
    );
    this.node.addEventListener(
      'keydown',
      event => {
        this._onKey(event);
      },
      { signal }
    );
  }

  readonly node = element('div', 'ftkit-chart-tabs');

  /** The label of what is shown. */
  get chosen(): string {
    return this._labels.includes(this._chosen) ? this._chosen : (this._labels[0] ?? '');
  }

  /** Offers these labels; the buttons are made anew only where the labels are others. */
  show(labels: string[]): void {
    if (labels.join('\n') !== this._labels.join('\n')) {
      this._labels = labels;
      this.node.replaceChildren(...labels.map(label => this._button(label)));
      this.node.hidden = labels.length < 2;
    }
    this._mark();
  }

  private _button(label: string): HTMLButtonElement {
    const button = element('button', 'ftkit-chart-tab', label);
    button.type = 'button';
    button.dataset['label'] = label;
    button.setAttribute('role', 'tab');
    return button;
  }

  private _mark(): void {
    for (const button of this.node.querySelectorAll('button')) {
      const chosen = button.dataset['label'] === this.chosen;
      button.setAttribute('aria-selected', String(chosen));
      button.tabIndex = chosen ? 0 : -1;
    }
  }

  private _choose(label: string): void {
    if (label !== this.chosen) {
      this._chosen = label;
      this._mark();
      this._changed();
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const count = this._labels.length;
    const next = this._labels[(this._labels.indexOf(this.chosen) + (step ?? 0) + count) % count];
    if (step === undefined || next === undefined) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    this._choose(next);
    this.node.querySelector<HTMLElement>('[aria-selected="true"]')?.focus();
  }

  private _labels: string[] = [];
  private _chosen = '';
}
