export default function instantiate() { // Back office: one shared login, until single sign-on is there.
var EXPECTED = 'Basic YmFja29mZmljZTpjaGFuZ2UtbWU=';

function handler(event) {
  var request = event.request;
  var authorization = request.headers.authorization;
  if (!authorization || authorization.value !== EXPECTED) {
    return {
      statusCode: 401,
      statusDescription: 'Unauthorized',
      headers: { 'www-authenticate': { value: 'Basic realm="back office"' } },
    };
  }
  return request;
}
return handler;
}
