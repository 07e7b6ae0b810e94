"""From predictions to scores: plan what must be there, score video by video, put the results together."""
