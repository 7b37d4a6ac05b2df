/**
 * Printed functions in the place of Lambda@Edge handlers: the same view of the exchange and the same changes as in
 * `cloudfront-functions/printed`, over the event of Lambda@Edge. Cookies are seen parsed, and as the headers they are.
 */

import { cookieHeaderAfter, readCookies, readSetCookies, setCookieLines } from "../cloudfront-functions/cookies";
import { RequestChanges, ResponseChanges, Seen, type Answer, type OnRequest, type OnResponse } from "../cloudfront-functions/printed";
import { queryAfter, readQuery } from "../cloudfront-functions/query";
import type { CloudFrontEvent, Entry, EventRequest as FunctionRequest, EventResponse as FunctionResponse } from "../cloudfront-functions/types";
import { own, put } from "../edge/table";
import type { EventRequest, EventResponse, HeaderLine, HeaderTable, LambdaEvent } from "./types";

/** A printed function at viewer-request or origin-request; what it gives is what `load` of a function is. */
export function onLambdaRequest(run: OnRequest): () => unknown {
  const handler = async (event: LambdaEvent): Promise<unknown> => {
    const { request } = event.Records[0].cf;
    const sent = seenRequest(request);
    const onward = new RequestChanges(sent);
    const answer = run(seenBy(event, sent), onward);
    return answer === undefined ? requestAfter(request, sent, onward.request) : responseOf(answer);
  };
  return () => ({ handler });
}

/** The same at origin-response or viewer-response. */
export function onLambdaResponse(run: OnResponse): () => unknown {
  const handler = async (event: LambdaEvent): Promise<unknown> => {
    const { request, response } = event.Records[0].cf;
    if (response === undefined) throw new TypeError("a function of responses stands at a request hook");
    const came = seenResponse(response);
    const onward = new ResponseChanges(came);
    run(seenBy(event, seenRequest(request), came), onward);
    return responseAfter(response, came, onward.response);
  };
  return () => ({ handler });
}

function seenBy(event: LambdaEvent, request: FunctionRequest, response?: FunctionResponse): Seen {
  const { distributionDomainName, distributionId, requestId } = event.Records[0].cf.config;
  const eventType = response === undefined ? ("viewer-request" as const) : ("viewer-response" as const);
  const seen: CloudFrontEvent = {
    version: "1.0",
    context: { distributionDomainName, distributionId, eventType, requestId },
    viewer: { ip: event.Records[0].cf.request.clientIp },
    request,
  };
  return new Seen(response === undefined ? seen : { ...seen, response });
}

function seenRequest({ method, uri, querystring, headers }: EventRequest): FunctionRequest {
  const query = querystring === "" ? undefined : querystring;
  const cookies = readCookies(own(headers, "cookie")?.map((it) => it.value).join("; ") ?? null);
  return { method, uri, querystring: readQuery(query), headers: entries(headers), cookies, rawQueryString: () => query };
}

function seenResponse({ status, statusDescription, headers }: EventResponse): FunctionResponse {
  const cookies = readSetCookies(own(headers, "set-cookie")?.map((it) => it.value) ?? []);
  return { statusCode: Number(status), statusDescription, headers: entries(headers), cookies };
}

function entries(headers: Readonly<HeaderTable>): Record<string, Entry> {
  const table: Record<string, Entry> = {};
  for (const [name, lines] of Object.entries(headers)) {
    const [first, ...others] = lines.map(({ value }) => ({ value }));
    if (first !== undefined) put<Entry>(table, name, others.length === 0 ? first : { ...first, multiValue: [first, ...others] });
  }
  return table;
}

function requestAfter(request: EventRequest, sent: FunctionRequest, after: FunctionRequest): unknown {
  const headers = linesOf(request.headers, sent.headers, after.headers);
  const cookie = cookieHeaderAfter(sent.cookies, after.cookies);
  if (cookie === null) delete headers["cookie"];
  else if (cookie !== undefined) headers["cookie"] = [{ value: cookie }];
  const query = queryAfter(sent.rawQueryString?.(), sent.querystring as Record<string, Entry>, after.querystring);
  return { ...request, uri: after.uri, querystring: query ?? "", headers };
}

function responseAfter(response: EventResponse, came: FunctionResponse, after: FunctionResponse): unknown {
  const headers = linesOf(response.headers, came.headers ?? {}, after.headers ?? {});
  if (JSON.stringify(after.cookies) !== JSON.stringify(came.cookies)) {
    const lines = Object.entries(after.cookies ?? {}).flatMap(([name, cookie]) => setCookieLines(name, cookie, own(came.cookies ?? {}, name)));
    headers["set-cookie"] = lines.map((value) => ({ value }));
  }
  const { body } = after;
  return { ...response, status: String(after.statusCode), headers, ...(body === undefined ? {} : { body }) };
}

/** Lines that were not changed stay as they came, with their keys. */
function linesOf(came: Readonly<HeaderTable>, seen: Readonly<Record<string, Entry>>, after: Readonly<Record<string, Entry>>): HeaderTable {
  const table: HeaderTable = {};
  for (const [name, entry] of Object.entries(after)) {
    const kept = entry === own(seen, name) ? own(came, name) : undefined;
    put<HeaderLine[]>(table, name, kept ?? (entry.multiValue ?? [entry]).map(({ value }) => ({ value })));
  }
  return table;
}

function responseOf({ status, headers, cookies, body }: Answer): unknown {
  const table: HeaderTable = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    put<HeaderLine[]>(table, name, (typeof value === "string" ? [value] : value).map((it) => ({ value: it })));
  }
  const lines = Object.entries(cookies ?? {}).flatMap(([name, values]) => values.map((it) => ({ value: `${name}=${it}` })));
  if (lines.length > 0) table["set-cookie"] = lines;
  return { status: String(status), headers: table, ...(body === undefined ? {} : { body }) };
}
