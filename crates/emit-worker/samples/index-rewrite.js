// @ts-check
'use strict';
/** @param {AWSCloudFrontFunction.Event} event */
function handler(event) {
    var request = event.request;
    var uri = request.uri;
    if (uri.endsWith('/')) {
        request.uri += 'index.html';
    } else if (!/\.[^/]+$/.test(uri)) {
        request.uri += '/index.html';
    }
    return request;
}
