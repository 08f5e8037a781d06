// What Swagger UI shows, and where. Beside its own files, so that the page needs no script within it.
window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null, // the document is shown to nobody else
});
