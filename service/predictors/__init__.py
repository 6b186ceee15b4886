"""Everything that runs a network: OpenVINO lives here alone."""
