/**
 * `querystring` of CloudFront Functions: Node.js's module, which it follows. It decodes and turns `+` into a space, and it
 * works on plain `{name: text | texts}`: given `event.request.querystring` it prints empty values there and here.
 */

import querystring from "node:querystring";

export const { parse, stringify, escape, unescape, decode, encode } = querystring;
export default querystring;
