import cf from 'cloudfront';
import { createHmac } from 'crypto';
import { decode } from './lib/parts.ts';

const store = cf.kvs('11111111-2222-3333-4444-555555555555');
const now = Date.now() / 1000;

async function handler(event) {
    const request = event.request;
    const token = request.querystring.jwt && request.querystring.jwt.value;
    if (!token) return denied('no token');
    const parts = token.split('.');
    if (parts.length !== 3) return denied('not a token');
    try {
        const key = await store.get('jwt.secret');
        const signature = createHmac('sha256', key).update(parts[0] + '.' + parts[1]).digest('base64url');
        if (signature !== parts[2]) return denied('wrong signature');
        const payload = decode(parts[1]);
        if (now < 1600000000 || payload.exp < now) return denied('too old');
        delete request.querystring.jwt;
        request.headers['x-user'] = { value: payload.sub };
        return request;
    } catch (error) {
        console.log('token: ' + error);
        return denied('failed');
    }
}

function denied(why) {
    return { statusCode: 401, body: { encoding: 'text', data: why } };
}
