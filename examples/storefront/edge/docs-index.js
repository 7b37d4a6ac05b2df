// The help pages are folders in a bucket: ask for the page, not for the folder.
function handler(event) {
  var request = event.request;
  if (request.uri.endsWith('/')) {
    request.uri = request.uri + 'index.html';
  }
  return request;
}
