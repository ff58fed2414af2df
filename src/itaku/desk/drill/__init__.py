"""The drill (訓練): in the sandbox, time is moved to see what wakes."""
