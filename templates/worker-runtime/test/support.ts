/** Runs one user function on one request against a recorded origin, the way a project's `index.ts` would. */

import { vi } from "vitest";
import { createEdge } from "../cloudfront-functions/edge";
import type { Behavior, EdgeConfig, FunctionUnit } from "../cloudfront-functions/types";

type Handler = (event: any) => unknown;

export function unit(handler: Handler, rest: Partial<FunctionUnit> = {}): FunctionUnit {
  return { id: "test", runtime: "2.0", instantiate: () => handler, ...rest };
}

export interface Run {
  response: Response;
  /** What the origin was asked, `undefined` when it was not. */
  asked: Request | undefined;
}

export interface Setup {
  behaviors: Behavior[];
  request: Request;
  origin?: () => Response;
  env?: Record<string, unknown>;
  config?: Partial<EdgeConfig>;
}

export async function run({ behaviors, request, origin, env, config }: Setup): Promise<Run> {
  let asked: Request | undefined;
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.stubGlobal("fetch", async (input: Request) => {
    asked = input;
    return (origin ?? (() => new Response("from the origin")))();
  });
  const edge = createEdge({
    behaviors,
    config: { zone: "shop.test", distributionDomainName: "d1.cloudfront.net", distributionId: "E1", markAnswers: null, ...config },
  });
  const response = await edge.fetch(request, env ?? {});
  return { response, asked };
}

/** Runs a viewer-request function on the default behavior. */
export function viewerRequest(handler: Handler, request: Request, rest: Partial<Setup> = {}): Promise<Run> {
  return run({ behaviors: [{ pathPattern: "*", viewerRequest: unit(handler) }], request, ...rest });
}

/** Runs a viewer-response function on the default behavior. */
export function viewerResponse(handler: Handler, origin: () => Response, rest: Partial<Setup> = {}): Promise<Run> {
  const request = new Request("https://shop.test/");
  return run({ behaviors: [{ pathPattern: "*", viewerResponse: unit(handler) }], request, origin, ...rest });
}

/** A request as Cloudflare hands it over, with what it knows about the visitor. */
export function visit(url: string, headers: Record<string, string> = {}, cf: Record<string, unknown> = {}): Request {
  const request = new Request(url, { headers: { "cf-connecting-ip": "192.0.2.7", ...headers } });
  Object.defineProperty(request, "cf", { value: cf });
  return request;
}
