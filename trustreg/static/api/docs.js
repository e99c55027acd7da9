"use strict";
const place = document.getElementById("api");
SwaggerUIBundle({
  url: place.dataset.url,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  // Writes of a session carry the token of GET /api/v1/session.
  requestInterceptor: (request) => {
    const token = document.cookie.split("; ").find((part) => part.startsWith("csrftoken="));
    if (token && request.method !== "GET") request.headers["X-CSRFToken"] = token.split("=")[1];
    return request;
  },
});
