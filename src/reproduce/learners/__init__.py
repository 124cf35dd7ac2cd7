"""Reinforcement learners that recommend to simulated users: DQN, PPO, A2C, TRPO and chance (ensemble.md 1.9).

They see arrays and an object that plays episodes side by side (`playing.py`), and know no method and no data set.
"""
