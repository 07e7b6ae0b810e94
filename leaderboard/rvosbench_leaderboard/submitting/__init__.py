"""`rvosbench submit`: the client of an evaluation server. Needs nothing but the core and the standard
library."""
