// The types of `index.js`. Those of the component are generated.

import type { Error as Rejection, Request } from "./generated/interfaces/ensurepip-bootstrap-types.js";

/** What `query.py` prints about a Python, as `facts`. */
export type Facts = Record<string, unknown>;

/** The request is as in the contract: `scripts` is "versioned" and `compile` true unless stated. */
export interface Options extends Partial<Request> {
  /** The directory to install below. */
  root: string;
  /** A wheel of pip, by default that of this package. */
  wheel?: string;
  /** The Python to install for, which is run: "python3" unless stated. */
  python?: string;
  /** What is known of a Python that is not on this machine. No bytecode can be compiled for it. */
  facts?: Facts;
}

/** What is thrown if the component rejects something: an error with its code and details. */
export interface ComponentError extends Error {
  payload: Rejection;
}

/**
 * Installs pip for a Python, below a root. Returns the version that is installed if that stays, else
 * undefined. Any failure leaves the target as it was.
 */
export function install(options: Options): string | undefined;
