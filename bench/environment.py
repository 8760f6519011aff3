"""The environment variables of a measured process: those of a function of stage dev."""

from typing import Final

ENVIRONMENT: Final = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "AWS_REGION": "eu-central-1",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_SESSION_TOKEN": "x" * 400,
    "AWS_LAMBDA_FUNCTION_NAME": "cart-dev",
    "NAME_PREFIX": "cart",
    "STAGE": "dev",
    "CURRENCY": "EUR",
    "LANGUAGES": "en,de",
    "REMINDER_DELAY_SECONDS": "86400",
    "REMINDER_WINDOW_SECONDS": "2700",
    "MAIL_SENDER": "reminders@shop.example.com",
    "MAIL_RATE": "14",
    "SHOP_URL": "https://shop.example.com/",
    "EVENT_BUS_ARN": "arn:aws:events:eu-central-1:123456789012:event-bus/cart-dev",
    "SCHEDULER_ROLE_ARN": "arn:aws:iam::123456789012:role/cart-dev-scheduler",
    "SCHEDULES_DLQ_ARN": "arn:aws:sqs:eu-central-1:123456789012:cart-schedules-dlq-dev",
    "USER_POOL_ARN": "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_a",
    "USER_POOL_CLIENT_ID": "client",
}
