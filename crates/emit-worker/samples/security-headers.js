var headersToSet = {
    'strict-transport-security': 'max-age=63072000; includeSubDomains; preload',
    'x-content-type-options': 'nosniff'
};

function handler(event) {
    var response = event.response;
    for (var name in headersToSet) {
        response.headers[name] = { value: headersToSet[name] };
    }
    delete response.headers['x-powered-by'];
    return response;
}
