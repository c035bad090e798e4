"""Side by side with what people would use instead; results in benchmarks/results."""
