/** Shuts the wizards of a notebook while its kernel is occupied, so that no click is carried out late. */

import type { TranslationBundle } from '@jupyterlab/translation';
import type { IDisposable } from '@lumino/disposable';
import { type IBusy, timeLeft } from './attention';

const WIZARD = '.ftkit-wizard';

/** A cell shorter than this (in milliseconds) gets no banner: it would only flicker. */
const PATIENCE = 600;

/** The gap between two cells of one "run all" (in milliseconds) does not open the wizard. */
const GAP = 120;

/** What the banner says. */
export function bannerText(state: IBusy, trans: TranslationBundle): string {
  const { training } = state;
  if (training === null) {
    return trans.__('A cell is running; the panel opens again when it is done');
  }
  if (training.text !== '') {
    return training.text;
  }
  if (training.eta === null) {
    return trans.__('training');
  }
  const { unit, count } = timeLeft(training.eta);
  switch (unit) {
    case 's':
      return trans.__('training, about %1 s left', count);
    case 'min':
      return trans.__('training, about %1 min left', count);
    case 'h':
      return trans.__('training, about %1 h left', count);
  }
}

/** Keeps the wizards under one node shut or open. */
export class Shutter implements IDisposable {
  constructor(
    private readonly _node: HTMLElement,
    private readonly _trans: TranslationBundle
  ) {
    // A wizard may be drawn, or drawn again, while the kernel is occupied.
    this._observer = new MutationObserver(() => {
      this._shutAll();
    });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._open();
    }
  }

  /** Shows the present state. */
  show(state: IBusy): void {
    if (this._isDisposed) {
      return;
    }
    window.clearTimeout(this._opening);
    if (state.busy) {
      this._text = bannerText(state, this._trans);
      this._shut(state.training !== null);
    } else if (this._isShut) {
      this._opening = window.setTimeout(() => {
        this._open();
      }, GAP);
    }
  }

  private _shut(atOnce: boolean): void {
    if (!this._isShut) {
      this._isShut = true;
      const focused = document.activeElement;
      this._focused =
        focused instanceof HTMLElement && focused.closest(WIZARD) !== null ? focused : null;
      this._observer.observe(this._node, { childList: true, subtree: true });
      this._patience = window.setTimeout(() => {
        this._speak();
      }, PATIENCE);
    }
    if (atOnce) {
      window.clearTimeout(this._patience);
      this._speaking = true;
    }
    this._shutAll();
  }

  private _speak(): void {
    this._speaking = true;
    this._shutAll();
  }

  private _shutAll(): void {
    for (const wizard of this._node.querySelectorAll<HTMLElement>(WIZARD)) {
      if (!wizard.inert) {
        wizard.inert = true;
        wizard.classList.add('ftkit-busy');
      }
      if (this._speaking) {
        this._banner(wizard);
      }
    }
  }

  private _banner(wizard: HTMLElement): void {
    let banner = this._banners.get(wizard);
    if (banner === undefined) {
      banner = document.createElement('div');
      banner.className = 'ftkit-banner';
      banner.setAttribute('role', 'status');
      this._banners.set(wizard, banner);
    }
    if (banner.nextElementSibling !== wizard) {
      wizard.before(banner);
    }
    // Setting the same text again would wake the observer for ever.
    if (banner.textContent !== this._text) {
      banner.textContent = this._text;
    }
  }

  private _open(): void {
    window.clearTimeout(this._patience);
    window.clearTimeout(this._opening);
    this._observer.disconnect();
    this._isShut = false;
    this._speaking = false;
    for (const banner of this._banners.values()) {
      banner.remove();
    }
    this._banners.clear();
    for (const wizard of this._node.querySelectorAll<HTMLElement>(`${WIZARD}.ftkit-busy`)) {
      wizard.inert = false;
      wizard.classList.remove('ftkit-busy');
    }
    // What becomes inert loses the focus; give it back unless the person went elsewhere.
    const lost = document.activeElement === null || document.activeElement === document.body;
    if (lost && this._focused?.isConnected) {
      this._focused.focus({ preventScroll: true });
    }
    this._focused = null;
  }

  private readonly _observer: MutationObserver;
  private readonly _banners = new Map<HTMLElement, HTMLElement>();
  private _focused: HTMLElement | null = null;
  private _isDisposed = false;
  private _isShut = false;
  private _opening = 0;
  private _patience = 0;
  private _speaking = false;
  private _text = '';
}
