/**
 * The CloudFront Functions event as the guide describes it ("Event structure", read 2026-04), and one function of
 * it. Types only; nothing here has a meaning of its own.
 */

/** One header, query parameter or request cookie. Several lines of one name are one entry: `value` is the first. */
export interface Entry {
  value: string;
  multiValue?: { value: string }[];
}

/** One cookie of a response; `attributes` is the raw text after the first `;`. */
export interface CookieEntry {
  value: string;
  attributes?: string;
  multiValue?: { value: string; attributes?: string }[];
}

export interface EventRequest {
  method: string;
  uri: string;
  querystring: Record<string, Entry> | string;
  headers: Record<string, Entry>;
  cookies: Record<string, Entry>;
  /** Runtime 2.0: the query as sent, `""` for a bare `?`, `undefined` when there is none. */
  rawQueryString?: () => string | undefined;
}

export interface EventResponse {
  statusCode: number;
  statusDescription?: string;
  headers?: Record<string, Entry>;
  cookies?: Record<string, CookieEntry>;
  body?: string | { encoding: "text" | "base64"; data: string };
}

export interface CloudFrontEvent {
  version: "1.0";
  context: {
    distributionDomainName: string;
    distributionId: string;
    eventType: "viewer-request" | "viewer-response";
    requestId: string;
  };
  viewer: { ip: string };
  request: EventRequest;
  response?: EventResponse;
}

/** One user function. */
export interface FunctionUnit {
  platform: "cloudfront-functions";
  /** The name in logs. */
  id: string;
  runtime: "1.0" | "2.0";
  /**
   * Evaluates the user's file and returns its `handler`. Called once per run, so that state at the top level of the
   * file never passes from one visitor to another. What it returns is checked when it is called: user code has no types.
   */
  instantiate: () => unknown;
  /** The KV binding that stands for the function's key value store. */
  kv?: string;
}
