/** Reads messages from outside: what does not fit is refused with a sentence, never guessed at. */

import type { KernelMessage } from '@jupyterlab/services';
import type { JSONObject } from '@lumino/coreutils';
import type { IControl, IEnvelope, IPicture, ITraining, Operation, Request } from './types';

type Fields = Record<string, unknown>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error(`${what} is not an object`);
  }
  return value as Fields;
}

function text(from: Fields, key: string): string {
  const value = from[key];
  if (typeof value !== 'string') {
    throw new Error(`${key} is not a text`);
  }
  return value;
}

function textOrNull(from: Fields, key: string): string | null {
  return from[key] === null || from[key] === undefined ? null : text(from, key);
}

function texts(from: Fields, key: string): string[] {
  const value = from[key];
  if (!Array.isArray(value) || !value.every(item => typeof item === 'string')) {
    throw new Error(`${key} is not a list of texts`);
  }
  return value;
}

function json(from: Fields, key: string): JSONObject {
  return fields(from[key], key) as JSONObject;
}

function operation(value: unknown): Operation {
  const from = fields(value, 'operation');
  const op = text(from, 'op');
  const shared = {
    id: text(from, 'id'),
    source: text(from, 'source'),
    metadata: json(from, 'metadata')
  };
  if (op === 'insert') {
    return { op, after: text(from, 'after'), ...shared };
  }
  if (op === 'replace') {
    return { op, expected: text(from, 'expected'), ...shared };
  }
  throw new Error(`unknown operation ${op}`);
}

/** The operations of an `apply` request. */
export function operations(value: unknown): Operation[] {
  if (!Array.isArray(value)) {
    throw new Error('operations is not a list');
  }
  return value.map(operation);
}

function request(from: Fields): Request {
  const op = text(from, 'op');
  switch (op) {
    case 'snapshot':
      return { op, anchor: textOrNull(from, 'anchor') };
    case 'apply':
      return {
        op,
        operations: operations(from['operations']),
        run: texts(from, 'run'),
        show: textOrNull(from, 'show')
      };
    case 'run':
      return { op, ids: texts(from, 'ids'), show: textOrNull(from, 'show') };
    case 'set_state':
      return { op, state: json(from, 'state') };
    default:
      throw new Error(`unknown request ${op}`);
  }
}

/** Whom a message is for and its id; `null` where it is no request. */
export function address(data: unknown): { id: string; to: string } | null {
  const from = fields(data, 'message');
  return from['kind'] === 'request' ? { id: text(from, 'id'), to: text(from, 'to') } : null;
}

/** A whole request. Throws where something does not fit. */
export function envelope(data: unknown): IEnvelope {
  const from = fields(data, 'message');
  return { id: text(from, 'id'), to: text(from, 'to'), request: request(from) };
}

/** A training message; `null` where it is something else. */
export function training(data: unknown): ITraining | null {
  const from = fields(data, 'message');
  if (from['kind'] !== 'event' || from['event'] !== 'training') {
    return null;
  }
  const eta = from['eta'];
  return {
    run: text(from, 'run'),
    cell: textOrNull(from, 'cell'),
    active: from['active'] === true,
    eta: typeof eta === 'number' && Number.isFinite(eta) ? eta : null,
    text: text(from, 'text')
  };
}

/** The cell in which something takes its time; `null` where it is something else. */
export function working(data: unknown): string | null {
  const from = fields(data, 'message');
  return from['kind'] === 'event' && from['event'] === 'working' ? textOrNull(from, 'cell') : null;
}

/** A picture of a run; `null` where it is something else. */
export function picture(data: unknown): IPicture | null {
  const from = fields(data, 'message');
  if (from['kind'] !== 'event' || from['event'] !== 'picture') {
    return null;
  }
  return {
    displayId: text(from, 'display_id'),
    bundle: json(from, 'bundle'),
    says: text(from, 'says'),
    announced: textOrNull(from, 'announced') ?? ''
  };
}

/** What a button of the chart asks for; `null` where the detail does not fit. */
export function control(detail: unknown): IControl | null {
  if (typeof detail !== 'object' || detail === null) {
    return null;
  }
  const { op, run, prompt } = detail as Fields;
  if ((op !== 'stop' && op !== 'sample' && op !== 'abort') || typeof run !== 'string') {
    return null;
  }
  return typeof prompt === 'string' ? { op, run, prompt } : { op, run };
}

/** The subshell in which the kernel carries out what a message is about; `null` where it is the main shell. */
export function subshellOf({ parent_header: parent }: KernelMessage.IMessage): string | null {
  // JupyterLab writes it into a request's header, and the kernel gives that back.
  return textOrNull(parent as Fields, 'subshell_id');
}
