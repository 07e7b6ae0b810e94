"""Files: the Parquet tables, the manifest, the frames of a video, JSON of strangers; how processes
are started."""
