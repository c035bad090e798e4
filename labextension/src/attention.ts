/** Whether a notebook's kernel is occupied with a cell, and what the person is told about it. Pure. */

import type { ITraining } from './types';

/** What the wizard shows: nothing, or that it is shut and why. */
export interface IBusy {
  busy: boolean;
  training: ITraining | null;
}

/**
 * Follows the messages of one kernel.
 *
 * The kernel status that JupyterLab shows is no guide here: each comm message that a subshell handles
 * while a cell trains says "idle" too. Only the idle whose parent is an execute request ends a cell.
 */
export class Attention {
  /** The present answer. */
  get now(): IBusy {
    return { busy: this._running !== null || this._training !== null, training: this._training };
  }

  /** A kernel status message; what a subshell carries out goes on beside the cells and ends none. */
  status(
    state: string,
    parentType: string,
    parentId: string,
    subshell: string | null = null
  ): void {
    if (parentType !== 'execute_request' || subshell !== null) {
      return;
    }
    if (state === 'busy') {
      // One cell runs at a time: the end of the one before may have been lost with the connection.
      this._running = parentId;
      this._training = null;
    } else if (state === 'idle') {
      if (this._running === parentId) {
        this._running = null;
      }
      // Training lives inside a cell: with the cell it has ended, whether it could say so or not.
      this._training = null;
    }
  }

  /** The run tells about itself. */
  train(training: ITraining): void {
    this._training = training.active ? training : null;
  }

  /** The kernel died or was restarted: nothing runs. */
  clear(): void {
    this._running = null;
    this._training = null;
  }

  private _running: string | null = null;
  private _training: ITraining | null = null;
}

/** A time left, as a person would say it: seconds up to a minute and a half, then minutes, then hours. */
export function timeLeft(seconds: number): { unit: 's' | 'min' | 'h'; count: number } {
  if (seconds < 90) {
    return { unit: 's', count: Math.max(5, Math.round(seconds / 5) * 5) };
  }
  if (seconds < 90 * 60) {
    return { unit: 'min', count: Math.round(seconds / 60) };
  }
  return { unit: 'h', count: Math.round(seconds / 3600) };
}
