// One canonical host, with the query kept as it was sent.
function handler(event) {
    var request = event.request;
    var host = request.headers.host.value;
    if (host !== 'www.shop.example') {
        var pairs = [];
        for (var name in request.querystring) {
            var entry = request.querystring[name];
            var values = entry.multiValue || [entry];
            values.forEach(function (it) { pairs.push(name + '=' + it.value); });
        }
        return {
            statusCode: 301,
            statusDescription: 'Moved Permanently',
            headers: { location: { value: 'https://www.shop.example' + request.uri + (pairs.length ? '?' + pairs.join('&') : '') } }
        };
    }
    return request;
}
