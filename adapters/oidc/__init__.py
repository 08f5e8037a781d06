"""Sign-in at an identity provider, by OpenID Connect: any that has a discovery document."""
