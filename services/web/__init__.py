"""What the API's and the worker's HTTP servers share."""
