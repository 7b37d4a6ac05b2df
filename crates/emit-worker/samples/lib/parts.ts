export function decode(part) {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
}
