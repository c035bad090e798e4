/** Stop, and "Answer this prompt now". A wish goes up the page as an event; ftkit's extension carries it on. */

import { element, say } from './dom';
import type { IModel, ISample, IWish } from './model';

/** So long (in milliseconds) an answer may take before the person is told of the other way. */
const PATIENCE = 2000;

const OTHER_WAY =
  'The run stops when the step it is in is done. ' +
  'The notebook’s own stop button (the square in its toolbar) stops it too.';

/** The buttons, the prompt, and the answers that came. */
export class Controls {
  /** Stands apart from the others, where nothing pushes it out of view. */
  readonly stop = element('button', 'ftkit-chart-button ftkit-chart-stop', 'Stop');
  readonly buttons = element('div', 'ftkit-chart-buttons');
  readonly answers = element('div', 'ftkit-chart-answers');

  constructor(
    private readonly _model: IModel,
    signal: AbortSignal
  ) {
    const label = element('label', 'ftkit-chart-label', 'Ask the half-trained model');
    const row = element('form', 'ftkit-chart-ask');
    label.append(this._prompt);
    row.append(label, this._ask);
    this.buttons.append(row, this._notice);
    this.answers.append(element('h4', 'ftkit-chart-heading', 'Its answers so far'), this._list);

    this.stop.type = 'button';
    this.stop.title = 'Finish this step, save, and keep the result';
    this._ask.type = 'submit';
    this._ask.title = 'The training pauses after this step, answers, and goes on';
    this._prompt.type = 'text';
    this._prompt.placeholder = 'Type a prompt';
    this._prompt.autocomplete = 'off';
    this._notice.setAttribute('role', 'status');
    this._list.setAttribute('aria-live', 'polite');

    this.stop.addEventListener('click', () => this._askToStop(), { signal });
    row.addEventListener('submit', event => this._askPrompt(event), { signal });
    // JupyterLab's shortcuts must not see what is typed here.
    this._prompt.addEventListener('keydown', event => event.stopPropagation(), { signal });
    signal.addEventListener('abort', () => clearTimeout(this._timer));
  }

  /** Shows the state and the answers as the kernel has them. */
  show(): void {
    const state = this._model.get('state');
    const running = state === 'running';
    this.stop.disabled = !running || this._stopping;
    this._prompt.disabled = this._ask.disabled = state === 'ended';
    if (state === 'stopping') {
      clearTimeout(this._timer);
      say(this.stop, 'Stopping …');
    } else {
      say(this.stop, this._stopping && running ? 'Stopping …' : 'Stop');
    }
    const notice = this._model.get('notice');
    if (notice !== this._told) {
      this._told = notice;
      say(this._notice, notice);
    }
    this._listAnswers(this._model.get('samples'));
  }

  private _askToStop(): void {
    this._stopping = true;
    this.stop.disabled = true;
    say(this.stop, 'Stopping …');
    const taken = this._wish({ op: 'stop', run: this._model.get('run') });
    clearTimeout(this._timer);
    this._timer = setTimeout(
      () => {
        // The kernel may be in the middle of a long step; the second message does no harm.
        if (taken) {
          this._model.send({ op: 'stop', run: this._model.get('run') });
        }
        say(this._notice, OTHER_WAY);
      },
      taken ? PATIENCE : 0
    );
  }

  private _askPrompt(event: Event): void {
    event.preventDefault();
    const prompt = this._prompt.value.trim();
    if (prompt === '') {
      this._prompt.focus();
      return;
    }
    this._prompt.value = '';
    this._waiting.push({ prompt, known: this._answered(prompt) });
    this.show();
    if (!this._wish({ op: 'sample', run: this._model.get('run'), prompt })) {
      say(this._notice, 'ftkit’s JupyterLab extension did not answer: the answer may come late.');
    }
  }

  /** Sends a wish up the page, or over the widget's own channel where nobody took it. */
  private _wish(wish: IWish): boolean {
    const event = new CustomEvent<IWish>('ftkit-control', {
      bubbles: true,
      cancelable: true,
      composed: true,
      detail: wish
    });
    this.buttons.dispatchEvent(event);
    if (!event.defaultPrevented) {
      this._model.send(wish);
    }
    return event.defaultPrevented;
  }

  private _answered(prompt: string): number {
    return this._model.get('samples').filter(sample => sample.prompt === prompt).length;
  }

  private _listAnswers(samples: ISample[]): void {
    this._waiting = this._waiting.filter(({ prompt, known }) => this._answered(prompt) <= known);
    const ended = this._model.get('state') === 'ended';
    const waiting = ended ? [] : this._waiting;
    const shown = JSON.stringify([samples, waiting]);
    this.answers.hidden = samples.length + waiting.length === 0;
    if (shown === this._shown) {
      return;
    }
    this._shown = shown;
    this._list.replaceChildren(
      ...samples.map(({ step, prompt, answer }) => item(`step ${step}`, prompt, answer)),
      ...waiting.map(({ prompt }) => item('asked', prompt, '… after this step'))
    );
  }

  private readonly _ask = element('button', 'ftkit-chart-button', 'Answer this prompt now');
  private readonly _prompt = element('input', 'ftkit-chart-prompt');
  private readonly _notice = element('p', 'ftkit-chart-notice');
  private readonly _list = element('ul', 'ftkit-chart-list');
  private _waiting: { prompt: string; known: number }[] = [];
  private _shown = '';
  private _stopping = false;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _told = '';
}

function item(when: string, prompt: string, answer: string): HTMLLIElement {
  const node = element('li', 'ftkit-chart-answer');
  node.append(
    element('span', 'ftkit-chart-when', when),
    element('p', 'ftkit-chart-asked', prompt),
    element('p', 'ftkit-chart-said', answer)
  );
  return node;
}
