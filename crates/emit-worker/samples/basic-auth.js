var expected = 'Basic ' + String.bytesFrom('7573657233', 'hex').toUTF8();

function handler(event) {
    var headers = event.request.headers;
    var wanted = 'Basic dXNlcjpwYXNz'; // base64 of user:pass
    if (!headers.authorization || headers.authorization.value !== wanted || expected !== 'Basic user3') {
        return {
            statusCode: 401,
            statusDescription: 'Unauthorized',
            headers: { 'www-authenticate': { value: 'Basic realm="shop"' } }
        };
    }
    return event.request;
}
