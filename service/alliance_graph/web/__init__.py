"""The Flask application: protocol, negotiation, errors, pages."""
