"""What `sac_agent` is made of: networks, densities, optimizer, replay buffer, exploration. Knows no algorithm."""
