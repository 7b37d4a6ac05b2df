/**
 * The Lambda@Edge event as the guide describes it ("Lambda@Edge event structure", read 2026-04), and one function of it.
 * Types only; nothing here has a meaning of its own.
 */

import type { Hook } from "../edge/types";

/** One header line; functions may leave `key` out. */
export interface HeaderLine {
  key?: string;
  value: string;
}

/** By lower-case name, one element for each line. */
export type HeaderTable = Record<string, HeaderLine[]>;

export interface EventBody {
  inputTruncated: boolean;
  action: "read-only" | "replace";
  encoding: "base64" | "text";
  data: string;
}

interface AnyOrigin {
  customHeaders: HeaderTable;
  domainName: string;
  /** In front of every path; without a slash at its end. */
  path: string;
}

export interface CustomOrigin extends AnyOrigin {
  keepaliveTimeout: number;
  port: number;
  protocol: "http" | "https";
  readTimeout: number;
  sslProtocols: string[];
}

export interface S3Origin extends AnyOrigin {
  authMethod: "none" | "origin-access-identity";
  region: string;
}

export type EventOrigin = { custom: CustomOrigin } | { s3: S3Origin };

export interface EventRequest {
  clientIp: string;
  method: string;
  uri: string;
  /** Without `?`; `""` for none. */
  querystring: string;
  headers: HeaderTable;
  body?: EventBody;
  /** In origin events only. */
  origin?: EventOrigin;
}

export interface EventResponse {
  status: string;
  statusDescription: string;
  headers: HeaderTable;
}

export interface LambdaEvent {
  Records: [
    {
      cf: {
        config: { distributionDomainName: string; distributionId: string; eventType: Hook; requestId: string };
        request: EventRequest;
        response?: EventResponse;
      };
    },
  ];
}

/** One user function. */
export interface LambdaFunction {
  platform: "lambda-edge";
  /** The name in logs, and `context.functionName`. */
  id: string;
  /**
   * Gives the user's module, by a dynamic import: it is evaluated by the first visit, not when the Worker starts, and
   * then kept as Lambda keeps it. What it holds is checked when it is called: user code has no types.
   */
  load: () => unknown;
  /** The name of the export, as in Lambda's `index.handler`; `handler` when missing. */
  handler?: string;
  /** The association's Include Body: without it there is no body in the event. */
  includeBody?: boolean;
  /** Lambda's own timeout; 30 when missing, the most that CloudFront allows. */
  timeoutSeconds?: number;
}
