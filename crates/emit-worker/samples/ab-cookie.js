// Visitors keep the group that their cookie names; others are put into one by a hash of their address.
var crypto = require('crypto');

function handler(event) {
    var request = event.request;
    var cookie = request.cookies['group'];
    var group = cookie ? cookie.value : null;
    if (group !== 'a' && group !== 'b') {
        var hash = crypto.createHash('md5').update(event.viewer.ip).digest('hex');
        group = parseInt(hash.charAt(0), 16) % 2 === 0 ? 'a' : 'b';
        request.cookies['group'] = { value: group };
    }
    if (group === 'b') request.uri = '/b' + request.uri;
    return request;
}
