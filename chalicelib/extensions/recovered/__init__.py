"""What reminders brought: who was mailed, came back and ordered, and who was held out."""
