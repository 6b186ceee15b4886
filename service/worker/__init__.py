"""The worker process: executes runs, and looks after what dead workers and old requests left behind."""
