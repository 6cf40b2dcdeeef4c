"""The REST interface described by OpenAPI, made from the routes themselves. Knows no run."""
