"""The Chalice app: what is registered here is what `chalice deploy` deploys."""

import os
from pathlib import Path

if "AWS_CHALICE_CLI_MODE" in os.environ:  # Chalice's command line loads this, and not Lambda
    from infra.chalice import plain_commands

    plain_commands.check(os.environ, Path(__file__).parent)

from chalicelib import extensions, settings
from chalicelib.entrypoints.customer_api import api
from chalicelib.entrypoints.guest_api import guests
from chalicelib.entrypoints.storefront import storefront
from chalicelib.entrypoints.unsubscribe_page import unsubscribing
from chalicelib.web import cors
from chalicelib.web.views import Api

app = Api(app_name=settings.name_prefix(os.environ))
app.api.binary_types = []  # all that it takes and answers is text
app.register_blueprint(api)
app.register_blueprint(guests)
app.register_blueprint(storefront)
app.register_blueprint(unsubscribing)
for routes in extensions.members("routes", "routes"):
    app.register_blueprint(routes)
cors.answer_preflights(app)

# In Lambda only the API's function loads this module: a consumer's handler is in its own.
if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
    from chalicelib.entrypoints.consumers import consumers

    app.register_blueprint(consumers)
    for added in extensions.members("consumers", "consumers"):
        app.register_blueprint(added)
